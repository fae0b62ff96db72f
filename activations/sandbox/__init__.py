"""Local destinations that behave like real ones: a mail server with customers behind it, and a webhook receiver."""

from activations.sandbox.session import Sandbox, running
from activations.sandbox.smtp import SmtpSandbox
from activations.sandbox.webhook import WebhookSandbox

__all__ = ["Sandbox", "SmtpSandbox", "WebhookSandbox", "running"]
