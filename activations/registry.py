"""The connectors by the `type` of destinations.yml. A new one is a file in `connectors/` and a line here."""

from activations.connectors.braze import BrazeConnector
from activations.connectors.brevo import BrevoConnector
from activations.connectors.customerio import CustomerIoConnector
from activations.connectors.database import DatabaseConnector
from activations.connectors.fcm import FcmConnector
from activations.connectors.files import FilesConnector
from activations.connectors.google import GoogleConnector
from activations.connectors.hubspot import HubSpotConnector
from activations.connectors.iterable import IterableConnector
from activations.connectors.klaviyo import KlaviyoConnector
from activations.connectors.linkedin import LinkedInConnector
from activations.connectors.mailchimp import MailchimpConnector
from activations.connectors.mailchimp_transactional import TransactionalConnector
from activations.connectors.meta import MetaConnector
from activations.connectors.salesforce import SalesforceConnector
from activations.connectors.sendgrid import SendGridConnector
from activations.connectors.ses import SesConnector
from activations.connectors.slack import SlackConnector
from activations.connectors.smtp import SmtpConnector
from activations.connectors.sns import SnsConnector
from activations.connectors.telegram import TelegramConnector
from activations.connectors.tiktok import TikTokConnector
from activations.connectors.twilio import TwilioConnector
from activations.connectors.vonage import VonageConnector
from activations.connectors.webhook import WebhookConnector
from activations.connectors.webpush import WebPushConnector
from activations.connectors.whatsapp import WhatsAppConnector
from activations.contract import Connector

CONNECTORS: dict[str, type[Connector]] = {
    connector.name: connector
    for connector in (
        BrazeConnector,
        BrevoConnector,
        CustomerIoConnector,
        DatabaseConnector,
        FcmConnector,
        FilesConnector,
        GoogleConnector,
        HubSpotConnector,
        IterableConnector,
        KlaviyoConnector,
        LinkedInConnector,
        MailchimpConnector,
        MetaConnector,
        SalesforceConnector,
        SendGridConnector,
        SesConnector,
        SlackConnector,
        SmtpConnector,
        SnsConnector,
        TelegramConnector,
        TikTokConnector,
        TransactionalConnector,
        TwilioConnector,
        VonageConnector,
        WebPushConnector,
        WebhookConnector,
        WhatsAppConnector,
    )
}
