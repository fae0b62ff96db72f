"""Tracked calls of the Segment spec as lines of JSON, put together from pieces rendered once."""

from __future__ import annotations

import numpy as np

from heddle.demo.baskets import Baskets, cart_ids
from heddle.demo.catalogue import PRICES_PER_PRODUCT
from heddle.demo.journeys import (
    ADDED,
    ADDED_OTHER,
    CART_UPDATED,
    CHECKOUT,
    IDENTIFY,
    LISTED,
    OPENED,
    PAGE,
    REMOVED,
    SEARCHED,
    SIGNED_IN,
    SIGNED_UP,
    VIEWED,
    VIEWED_OTHER,
    WISHED,
    Actions,
)
from heddle.demo.parts import Part
from heddle.demo.people import People
from heddle.demo.text import Flags, Ints, Text, hexadecimal, join, money, number, pick, scramble, stack, where, words
from heddle.demo.times import iso
from heddle.demo.visits import Visits, anonymous_keys
from heddle.demo.vocabulary import CATEGORIES, SEARCHES, USER_AGENTS

_NAMES = {
    OPENED: "Application Opened",
    LISTED: "Product List Viewed",
    SEARCHED: "Products Searched",
    VIEWED: "Product Viewed",
    VIEWED_OTHER: "Product Viewed",
    ADDED: "Product Added",
    ADDED_OTHER: "Product Added",
    REMOVED: "Product Removed",
    CART_UPDATED: "Cart Updated",
    CHECKOUT: "Checkout Started",
    WISHED: "Product Added to Wishlist",
    SIGNED_UP: "Signed Up",
    SIGNED_IN: "Signed In",
}
_PRODUCT_STEPS = (VIEWED, VIEWED_OTHER, ADDED, ADDED_OTHER, REMOVED, WISHED)
_REFERRERS = ("", "", "https://www.search.example/", "https://social.example/", "https://mail.example/")
_CAMPAIGNS = ("", "", "", "", "", "spring_sale", "back_to_school", "christmas", "newsletter")


class TrackedCalls:
    """Pre-rendered pieces of JSON: per step, per product, per visit, per person."""

    def __init__(self, part: Part, people: People, visits: Visits, baskets: Baskets) -> None:
        self.part, self.people, self.visits = part, people, visits
        goods = part.catalogue
        product = np.repeat(np.arange(len(goods.product_id)), PRICES_PER_PRODUCT)
        self.products = join(
            '{"product_id":"',
            pick(goods.product_id, product),
            '","category":"',
            pick(goods.category_name, product),
            '","price":',
            money(goods.prices.reshape(-1)),
            ',"currency":"PLN","quantity":1}',
        )
        self.product_pages = _page(join("/p/", pick(goods.product_id, product)))
        self.categories = words([f'{{"category":"{name}"}}' for name in CATEGORIES])
        self.category_pages = _page(words([f"/c/{name}" for name in CATEGORIES]))
        self.searches = words([f'{{"query":"{query}"}}' for query in SEARCHES])
        self.anonymous = hexadecimal(anonymous_keys(visits.device, part.seed))
        self.contexts = _contexts(part, visits)
        self.users = stack(people.user_id, words([None]))
        self.carts = _carts(visits, baskets)
        self.traits = _traits(part, people)

    def lines(self, actions: Actions, rows: Ints, at: Ints, sent: Ints, received: Ints) -> Text:
        """The chosen calls as JSON lines."""
        visit, step = actions.visit[rows], actions.step[rows]
        known = self.visits.is_logged_in[visit]
        known &= ~self.visits.identifies[visit] | (actions.place[rows] > _opening(self.visits, visit))
        user = pick(self.users, np.where(known, self.visits.person[visit], self.people.size))
        message = hexadecimal(scramble(rows + self.part.number * 50_000_000, self.part.seed * 4 + 2))
        body = self._bodies(step, visit, actions.version[rows])
        return join(
            '{"messageId":"m',
            message,
            '","anonymousId":"',
            pick(self.anonymous, visit),
            '","userId":',
            where(known, join('"', user, '"'), "null"),
            _heads(step, self.visits.is_app[visit]),
            body,
            pick(self.contexts, visit),
            self._pages(step, actions.version[rows], visit),
            '},"timestamp":"',
            iso(at),
            '","sentAt":"',
            iso(sent),
            '","receivedAt":"',
            iso(received),
            '"}\n',
        )

    def _bodies(self, step: Ints, visit: Ints, version: Ints) -> Text:
        """Properties, or traits of an identify call."""
        pieces = [words(["{}"]), self.products, self.categories, self.searches, self.carts, self.traits]
        base = np.cumsum([0] + [len(piece) for piece in pieces])
        index = np.zeros(len(step), np.int64)
        index = np.where(np.isin(step, _PRODUCT_STEPS), base[1] + version, index)
        index = np.where(step == LISTED, base[2] + self._category(version), index)
        index = np.where(step == SEARCHED, base[3] + visit % len(SEARCHES), index)
        index = np.where(np.isin(step, (CART_UPDATED, CHECKOUT)), base[4] + visit, index)
        index = np.where(step == IDENTIFY, base[5] + self.visits.person[visit], index)
        return pick(stack(*pieces), index)

    def _pages(self, step: Ints, version: Ints, visit: Ints) -> Text:
        homes = words([_one_page("/", referrer) for referrer in _REFERRERS])
        fixed = words([_one_page(path, "") for path in ("/cart", "/checkout", "/search", "/account")])
        pieces = [homes, self.product_pages, self.category_pages, fixed]
        base = np.cumsum([0] + [len(piece) for piece in pieces])
        index = scramble(visit, 7).astype(np.int64) % len(_REFERRERS)
        index = np.where(np.isin(step, _PRODUCT_STEPS), base[1] + version, index)
        index = np.where(step == LISTED, base[2] + self._category(version), index)
        for place, steps in enumerate(((CART_UPDATED,), (CHECKOUT,), (SEARCHED,), (SIGNED_IN, SIGNED_UP, IDENTIFY))):
            index = np.where(np.isin(step, steps), base[3] + place, index)
        return pick(stack(*pieces), index)

    def _category(self, version: Ints) -> Ints:
        category: Ints = self.part.catalogue.category[version // PRICES_PER_PRODUCT]
        return category


def _opening(visits: Visits, visit: Ints) -> Ints:
    """Place of the last step before the sign-in."""
    return visits.is_app[visit].astype(np.int64)


def _heads(step: Ints, is_app: Flags) -> Text:
    """Type and event name up to the start of properties or traits."""
    heads = [f',"type":"track","event":"{_NAMES[code]}","properties":' if code in _NAMES else "" for code in range(15)]
    heads[IDENTIFY] = ',"type":"identify","traits":'
    heads[PAGE] = ',"type":"page","properties":'
    heads.append(',"type":"screen","properties":')
    return pick(words(heads), np.where((step == PAGE) & is_app, len(heads) - 1, step))


def _one_page(path: str, referrer: str) -> str:
    tail = f',"referrer":"{referrer}"' if referrer else ""
    return f'"page":{{"path":"{path}","url":"https://shop.example{path}"{tail}}}'


def _page(paths: Text) -> Text:
    return join('"page":{"path":"', paths, '","url":"https://shop.example', paths, '"}')


def _contexts(part: Part, visits: Visits) -> Text:
    """Device, address (documentation ranges, RFC 5737), browser and campaign of each visit."""
    agents = [(kind, agent) for kind, entries in USER_AGENTS.items() for agent in entries]
    chosen = scramble(visits.device, 11).astype(np.int64) % len(agents)
    web = pick(words([f'{{"type":"{kind}"}},"userAgent":"{agent}"' for kind, agent in agents]), chosen)
    system = pick(words(["ios", "android"]), visits.device // 8 % 2)
    app = join(
        '{"id":"d',
        hexadecimal(scramble(visits.device, part.seed * 4 + 3)),
        '","type":"',
        system,
        '"},"userAgent":"ShopApp/5.2"',
    )
    network = pick(words(["192.0.2.", "198.51.100.", "203.0.113."]), visits.device % 3)
    host = number(1 + scramble(visits.device, 13).astype(np.int64) % 254)
    marks = [
        f'"campaign":{{"source":"{"email" if name == "newsletter" else "ads"}","name":"{name}"}},' if name else ""
        for name in _CAMPAIGNS
    ]
    mark = pick(words(marks), scramble(np.arange(visits.size), 17).astype(np.int64) % len(marks))
    return join(',"context":{"device":', where(visits.is_app, app, web), ',"ip":"', network, host, '",', mark)


def _carts(visits: Visits, baskets: Baskets) -> Text:
    """Cart properties per visit (empty object without a cart)."""
    online = np.nonzero(baskets.visit >= 0)[0]
    place = np.zeros(visits.size, np.int64)
    place[baskets.visit[online]] = 1 + np.arange(len(online))
    total = money(baskets.total[online])
    carts = join('{"cart_id":"', cart_ids(baskets, online), '","total":', total, ',"currency":"PLN"}')
    return pick(stack(words(["{}"]), carts), place)


def _traits(part: Part, people: People) -> Text:
    """What an identify call says about each person; a few forms were filled in by a tester."""
    rng = part.rng("traits")
    email = where(rng.random(people.size) < 0.003, "test@test.com", people.emails[0])
    phone = join(',"phone":"', people.phone, '"')
    with_phone = where(rng.random(people.size) < 0.4, phone, "")
    return join('{"email":"', email, '","first_name":"', people.first_name, '"', with_phone, "}")
