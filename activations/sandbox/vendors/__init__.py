"""The vendors of the sandbox: a new one is a file here and a line below."""

from activations.sandbox.vendor import Vendor
from activations.sandbox.vendors.braze import BrazeVendor
from activations.sandbox.vendors.brevo import BrevoVendor
from activations.sandbox.vendors.customerio import CustomerIoVendor
from activations.sandbox.vendors.fcm import FcmVendor
from activations.sandbox.vendors.google import GoogleVendor
from activations.sandbox.vendors.hubspot import HubSpotVendor
from activations.sandbox.vendors.iterable import IterableVendor
from activations.sandbox.vendors.klaviyo import KlaviyoVendor
from activations.sandbox.vendors.linkedin import LinkedInVendor
from activations.sandbox.vendors.mailchimp import MailchimpVendor
from activations.sandbox.vendors.mailchimp_transactional import TransactionalVendor
from activations.sandbox.vendors.meta import MetaVendor
from activations.sandbox.vendors.salesforce import SalesforceVendor
from activations.sandbox.vendors.sendgrid import SendGridVendor
from activations.sandbox.vendors.ses import SesVendor
from activations.sandbox.vendors.slack import SlackVendor
from activations.sandbox.vendors.sns import SnsVendor
from activations.sandbox.vendors.telegram import TelegramVendor
from activations.sandbox.vendors.tiktok import TikTokVendor
from activations.sandbox.vendors.twilio import TwilioVendor
from activations.sandbox.vendors.vonage import VonageVendor
from activations.sandbox.vendors.webpush import WebPushVendor
from activations.sandbox.vendors.whatsapp import WhatsAppVendor

VENDORS: tuple[type[Vendor], ...] = (
    BrazeVendor,
    BrevoVendor,
    CustomerIoVendor,
    FcmVendor,
    GoogleVendor,
    HubSpotVendor,
    IterableVendor,
    KlaviyoVendor,
    LinkedInVendor,
    MailchimpVendor,
    TransactionalVendor,
    MetaVendor,
    SalesforceVendor,
    SendGridVendor,
    SesVendor,
    SlackVendor,
    SnsVendor,
    TelegramVendor,
    TikTokVendor,
    TwilioVendor,
    VonageVendor,
    WebPushVendor,
    WhatsAppVendor,
)
