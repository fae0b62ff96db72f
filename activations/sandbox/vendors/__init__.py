"""The vendors of the sandbox: a new one is a file here and a line below."""

from activations.sandbox.vendor import Vendor
from activations.sandbox.vendors.meta import MetaVendor

VENDORS: tuple[type[Vendor], ...] = (MetaVendor,)
