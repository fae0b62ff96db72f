"""The words of the demo company: names, cities, goods. Addresses only in domains reserved for examples (RFC 2606)."""

from __future__ import annotations

WOMEN = {
    "PL": "Anna Maria Katarzyna Małgorzata Agnieszka Barbara Ewa Magdalena Joanna Aleksandra Zofia Monika Natalia "
    "Żaneta Paulina Karolina Justyna Łucja Wiktoria Beata",
    "GB": "Olivia Emily Charlotte Sophie Grace Hannah Lucy Chloe Megan Sarah",
    "DE": "Anna Lena Julia Katharina Jürgena Claudia Sabine Mia Hannah Käthe",
}
MEN = {
    "PL": "Piotr Krzysztof Andrzej Tomasz Paweł Jan Michał Marcin Jakub Adam Łukasz Grzegorz Mateusz Wojciech Rafał "
    "Kamil Maciej Szymon Bartłomiej Zbigniew",
    "GB": "James Oliver Harry Jack George Thomas William Daniel Samuel Ryan",
    "DE": "Lukas Jonas Felix Jürgen Maximilian Stefan Andreas Jörg Paul Björn",
}
# A Polish surname in -ski/-cki has a feminine form; the others serve both.
SURNAMES = {
    "PL": "Kowalski Wiśniewski Kamiński Lewandowski Zieliński Szymański Dąbrowski Kozłowski Jankowski Mazur "
    "Kwiatkowski Wojciechowski Krawczyk Kaczmarek Piotrowski Grabowski Zając Pawłowski Michalski Król "
    "Wieczorek Jabłoński Wróbel Nowak Majewski Olszewski Stępień Malinowski Jaworski Adamczyk Dudek Nowicki Pawlak "
    "Górski Witkowski Walczak Sikora Baran Rutkowski Michalak Szewczyk Ostrowski Tomaszewski Pietrzak Zalewski "
    "Wróblewski Marciniak Jasiński Sadowski Bąk",
    "GB": "Smith Jones Taylor Brown Williams Wilson Johnson Davies Patel Robinson Wright Thompson Evans Walker White "
    "Roberts Green Hall Wood Clarke O'Brien",
    "DE": "Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Schäfer Koch Bauer Richter Klein "
    "Wolf Schröder Neumann Braun Krüger",
}
CITIES = {
    "PL": "Warszawa|Warszawa|Warszawa|Kraków|Kraków|Łódź|Wrocław|Wrocław|Poznań|Poznań|Gdańsk|Szczecin|Bydgoszcz|"
    "Lublin|Białystok|Katowice|Gdynia|Częstochowa|Radom|Rzeszów|Toruń|Kielce|Olsztyn|Zielona Góra|"
    "Bielsko-Biała|Wieliczka",
    "GB": "London|London|Manchester|Birmingham|Leeds|Glasgow|Bristol|Edinburgh",
    "DE": "Berlin|Berlin|Hamburg|München|Köln|Frankfurt am Main|Leipzig|Dresden",
}
_CHILDREN = (
    "Zosia Jan Hania Antek Julka Staś Maja Franek Lena Kuba Oliwia Leon Pola Ignacy Laura Tymek Iga Mikołaj Amelia "
    "Wojtek Emma Oskar Mia Noah"
)
CHILDREN = _CHILDREN.split()
DOMAINS = ["example.com", "example.org", "example.net", "poczta.example", "mail.example", "skrzynka.example"]
ROLE_MAILBOXES = ["info@biuro.example", "kontakt@firma.example", "office@example.com", "sklep@example.org"]
JUNK_EMAILS = ["test@test.com", "N/A", "brak", "a@a.a", "-", "noemail@example.com", *ROLE_MAILBOXES]
JUNK_PHONES = ["+10000000000", "000000000", "123456789", "0", "N/A", "111 111 111", "brak"]

# category: share of lines, lowest and highest price in PLN, name parts
CATEGORIES: dict[str, tuple[float, int, int, str]] = {
    "nappies": (0.20, 39, 129, "Nappies|Overnight nappies|Swim nappies|Wet wipes box"),
    "toys": (0.19, 29, 249, "Wooden train|Building blocks|Plush bear|Shape sorter|Board game|Doll house"),
    "clothes": (0.16, 29, 179, "Bodysuit set|Rain jacket|Winter overall|Pyjamas|T-shirt set"),
    "shoes": (0.08, 79, 259, "First steps shoes|Wellingtons|Trainers|Winter boots"),
    "feeding": (0.13, 19, 149, "Bottle set|Bib set|Baby food box|Steriliser|Snack box"),
    "books": (0.10, 19, 69, "Picture book|Bedtime stories|Atlas of animals|Colouring book"),
    "school": (0.07, 25, 299, "School bag|Pencil case|Lunch box|Art set"),
    "prams": (0.025, 899, 2599, "City pram|Travel buggy|Twin pram"),
    "car_seats": (0.025, 499, 1799, "Car seat 0-13 kg|Car seat 9-36 kg|Booster seat"),
    "bikes": (0.02, 399, 1299, "Balance bike|Bike 16 inch|Bike 20 inch"),
}
PREMIUM = ("prams", "car_seats", "bikes")
BRANDS = ["Mysia", "Lulu & Co", "Bajka", "Nordkind", "Tuptuś", "Little Oak", "Pinezka"]
SEARCHES = [
    "wózek",
    "car seat",
    "lego",
    "klocki",
    "pampers 4",
    "buty 24",
    "plecak szkolny",
    "rower 16",
    "prezent 3 lata",
]
TICKETS = {
    "delivery": ["Where is my parcel?", "Parcel damaged, box open", "Delivery late"],
    "return": ["Return, wrong size", "How do I send it back?"],
    "complaint": ["Wheel broke, 2nd time", "Seam came apart"],
    "club": ["How do I cancel the club?", "Trial does not start"],
    "account": ["Cannot sign in", "Change of e-mail, please", 'Name shows as "null"'],
}
USER_AGENTS = {
    "mobile": [
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_4) Safari/605.1",
        "Mozilla/5.0 (Linux; Android 15) Chrome/136.0",
    ],
    "desktop": ["Mozilla/5.0 (Windows NT 10.0) Chrome/136.0", "Mozilla/5.0 (Macintosh) Safari/605.1"],
    "tablet": ["Mozilla/5.0 (iPad; CPU OS 18_4) Safari/605.1"],
}
FEATURES = ["growth_diary", "meal_plan", "size_advisor", "story_library", "expert_chat"]
