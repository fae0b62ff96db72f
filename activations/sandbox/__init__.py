"""Local destinations that behave like real ones: a mail server with customers behind it, a webhook receiver, and every
vendor's API."""

from activations.sandbox.session import Sandbox, running
from activations.sandbox.smtp import SmtpSandbox
from activations.sandbox.vendor_server import VendorSandbox
from activations.sandbox.webhook import WebhookSandbox

__all__ = ["Sandbox", "SmtpSandbox", "VendorSandbox", "WebhookSandbox", "running"]
