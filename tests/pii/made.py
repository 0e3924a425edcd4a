"""Made-up messages with personal data in them, and messages that only look so.

Written from the public formats, not from Hark's rules: checksums are computed here anew. Every
document is (text, [(begin, end, type)]) with places in code points; a seed makes the same ones."""

import random
import string

DIGITS = string.digits
UPPER = string.ascii_uppercase
LOWER = string.ascii_lowercase


# Checksums.

def luhn(digits):
    """The digit that completes `digits` (ISO/IEC 7812-1)."""
    total = sum(sum(divmod(int(d) * 2, 10)) if i % 2 == 0 else int(d)
                for i, d in enumerate(reversed(digits)))
    return str(-total % 10)


def iban(country, bban):
    number = "".join(str(int(c, 36)) for c in bban + country + "00")
    return f"{country}{98 - int(number) % 97:02d}{bban}"


VERHOEFF_D = [[0, 1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 2, 3, 4, 0, 6, 7, 8, 9, 5],
              [2, 3, 4, 0, 1, 7, 8, 9, 5, 6], [3, 4, 0, 1, 2, 8, 9, 5, 6, 7],
              [4, 0, 1, 2, 3, 9, 5, 6, 7, 8], [5, 9, 8, 7, 6, 0, 4, 3, 2, 1],
              [6, 5, 9, 8, 7, 1, 0, 4, 3, 2], [7, 6, 5, 9, 8, 2, 1, 0, 4, 3],
              [8, 7, 6, 5, 9, 3, 2, 1, 0, 4], [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]]
VERHOEFF_P = [[0, 1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 5, 7, 6, 2, 8, 3, 0, 9, 4],
              [5, 8, 0, 3, 7, 9, 6, 1, 4, 2], [8, 9, 1, 6, 0, 4, 3, 5, 2, 7],
              [9, 4, 5, 3, 1, 2, 6, 8, 7, 0], [4, 2, 8, 6, 5, 7, 3, 9, 0, 1],
              [2, 7, 9, 3, 8, 0, 6, 4, 1, 5], [7, 0, 4, 6, 9, 1, 3, 2, 5, 8]]


def verhoeff(digits):
    check = 0
    for i, d in enumerate(reversed(digits), 1):
        check = VERHOEFF_D[check][VERHOEFF_P[i % 8][int(d)]]
    return str(VERHOEFF_D[check].index(0))


def vin(r):
    values = dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ", [1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 7, 9, 2,
                                                  3, 4, 5, 6, 7, 8, 9]))
    letters = "ABCDEFGHJKLMNPRSTUVWXYZ" + DIGITS
    start = r.choice(["1HGCM", "WBA3A", "JTDKB", "5YJSA", "KMHD3", "3FAHP", "VF1RF", "ZFA25"])
    text = start + "".join(r.choice(letters) for _ in range(8)) + some(r, DIGITS, 4)
    weights = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2]
    total = sum(w * (int(c) if c.isdigit() else values[c]) for w, c in zip(weights, text))
    return text[:8] + "0123456789X"[total % 11] + text[9:]


# Pieces.

def some(r, alphabet, count):
    return "".join(r.choice(alphabet) for _ in range(count))


def shape(r, pattern):
    """N a digit from 1, 0 itself, # any digit, A a capital, a a small letter; the rest itself."""
    kinds = {"#": DIGITS, "N": DIGITS[1:], "A": UPPER, "a": LOWER}
    return "".join(r.choice(kinds[c]) if c in kinds else c for c in pattern)


def grouped(digits, sizes, separator):
    out, at = [], 0
    for size in sizes:
        out.append(digits[at:at + size])
        at += size
    return separator.join(out + ([digits[at:]] if at < len(digits) else []))


WORDS = """amber basil cedar delta ember fable gamma hazel indigo jasper karma lotus maple nova
opal pearl quartz raven sable topaz umber violet willow xenon yarrow zephyr""".split()
FIRST = """Anna Björn Carla Dmitri Elif François Grace Hiro Inês Jürgen Katarzyna Luís Mehmet Noor
Olga Priya Quentin Rosa Søren Tomasz Uma Victor Wei Ximena Yusuf Zoë""".split()
LAST = """Andersson Bauer Costa Dubois Eriksen Fernández Gupta Hughes Ivanova Jensen Kowalski Lopez
Müller Nguyen O'Brien Petrov Quinn Rossi Schmidt Tanaka Ueda Vega Weber Xu Yilmaz Zhang""".split()
DOMAINS = ["example.com", "mail.example.org", "gmx.de", "post.example.co.uk", "wanadoo.fr",
           "correo.example.es", "libero.it", "my-shop.example.nl", "uol.com.br", "example.in"]


def email(r):
    user = r.choice(["{0}.{1}", "{0}_{1}", "{0}{2}", "{0}.{1}+{3}", "{0[0]}.{1}", "{0}-{1}{2}"])
    return user.format(r.choice(WORDS), r.choice(WORDS), r.randint(1, 99),
                       r.choice(WORDS)) + "@" + r.choice(DOMAINS)


def spelt_email(r):
    user, domain = email(r).replace("+", ".").split("@")
    at = r.choice([" at ", " [at] ", " (at) ", "(at)", "[at]", " AT ", " {at} ", " @ ", "[@]"])
    if at in (" @ ", "[@]"):
        return user + at + domain.replace(".", r.choice([" dot ", "[dot]", "(dot)"]))
    dot = r.choice([" dot ", " [dot] ", "(dot)", "[.]", " DOT "])
    return user + at + domain.replace(".", dot)


PHONES = {  # written so that they are known without a word beside them
    "US": ["(4NN) 555-####", "4NN-555-####", "4NN.555.####", "+1 4NN 555 ####", "1-4NN-555-####",
           "+14NN555####", "4NN 555 ####", "(4NN)555-####", "+1 (4NN) 555-####",
           "4NN-555-#### ext. ###", "001-4NN-555-####"],
    "CA": ["(5NN) 555-####", "+1-5NN-555-####", "5NN-555-####"],
    "GB": ["020 7946 0###", "(020) 7946 0###", "07911 ######", "07911######", "+44 20 7946 0###",
           "+44 (0)20 7946 0###", "+447911######", "0044 20 7946 0###", "01632 960 ###"],
    "DE": ["030 1234####", "030/1234####", "0176 5555####", "+49 30 1234####",
           "+49 (0)30 1234##-##", "0049 176 555####", "(030) 1234##", "+49-89-1234####",
           "0176/5555####"],
    "FR": ["01 4# ## ## ##", "06.1#.##.##.##", "061#######", "+33 6 1# ## ## ##",
           "+33 (0)6 1# ## ## ##", "0033 6 1# ## ## ##", "07-5#-##-##-##"],
    "ES": ["+34 61# ### ###", "+34 91 12# ## ##", "0034 612 ### ###", "+3461#######"],
    "IT": ["+39 347 12#####", "+39 06 12## ####", "06 12## ####", "+39 02 1234 ####"],
    "NL": ["06-12######", "020-12#####", "+31 6 12######", "061#######", "+31 (0)20 123 ####"],
    "AU": ["0412 ### ###", "(02) 98## ####", "+61 412 ### ###", "+61 2 98## ####"],
    "IN": ["98### #####", "+91 98### #####", "+91-98########", "098########", "+9198########"],
    "BR": ["(11) 9####-####", "+55 11 9####-####", "(21) 2###-####"],
    "JP": ["090-12##-####", "03-12##-####", "+81 90-12##-####", "+81-3-12##-####"],
    "SE": ["070-12# ## ##", "+46 70 12# ## ##", "08-123 ## ##"],
    "CH": ["044 668 ## ##", "+41 44 668 ## ##", "079 123 ## ##"],
}
ASKED_PHONES = ["61# ### ###", "555-####", "91 12# ## ##", "347 123 ####", "55 1234 ####",
                "512 ### ###", "12 34 ## ##", "555####", "415555####", "9########", "12######",
                "4155 ####"]
ASK_PHONE = ["my phone number is {}", "call me at {} please", "Tel: {}", "mi teléfono es {}",
             "chiamami al telefono {}", "Telefon: {}", "you can text {} any time", "mobile {}",
             "WhatsApp {}", "téléphone : {}", "please phone me on {}", "Handy: {}",
             "telefone {} obrigado", "cell: {}", "meu celular é {}", "mijn telefoonnummer is {}"]

IBANS = {"DE": "#" * 18, "GB": "AAAA" + "#" * 14, "FR": "#" * 10 + "AA#########" + "##",
         "ES": "#" * 20, "IT": "A" + "#" * 22, "NL": "AAAA" + "#" * 10, "BE": "#" * 12,
         "AT": "#" * 16, "CH": "#" * 17, "PL": "#" * 24, "PT": "#" * 21, "NO": "#" * 11,
         "SE": "#" * 20, "DK": "#" * 14, "FI": "#" * 14, "IE": "AAAA" + "#" * 14,
         "LU": "###" + "#" * 13, "CZ": "#" * 20, "GR": "#" * 23, "RO": "AAAA" + "#" * 16,
         "TR": "#" * 22, "MT": "AAAA" + "#" * 23, "SA": "#" * 20, "BR": "#" * 23 + "A#",
         "AE": "#" * 19, "HU": "#" * 24, "LT": "#" * 16, "HR": "#" * 17}
for country, length in {  # the registry's others, by length alone
        "AD": 24, "AL": 28, "AZ": 28, "BA": 20, "BG": 22, "BH": 22, "BI": 27, "BY": 28, "CR": 22,
        "CY": 28, "DJ": 27, "DO": 28, "EE": 20, "EG": 29, "FK": 18, "FO": 18, "GE": 22, "GI": 23,
        "GL": 18, "GT": 28, "HN": 28, "IL": 23, "IQ": 23, "IS": 26, "JO": 30, "KW": 30, "KZ": 20,
        "LB": 28, "LC": 32, "LI": 21, "LV": 21, "LY": 25, "MC": 27, "MD": 24, "ME": 22, "MK": 19,
        "MN": 20, "MR": 27, "MU": 30, "NI": 28, "OM": 23, "PK": 24, "PS": 29, "QA": 29, "RS": 22,
        "RU": 33, "SC": 31, "SD": 18, "SI": 19, "SK": 24, "SM": 27, "SO": 23, "ST": 25, "SV": 28,
        "TL": 23, "TN": 24, "UA": 29, "VA": 22, "VG": 24, "XK": 20, "YE": 30}.items():
    IBANS[country] = "#" * (length - 4)


def made_iban(r):
    country = r.choice(sorted(IBANS))
    text = iban(country, shape(r, IBANS[country]))
    how = r.random()
    if how < 0.5:
        return " ".join(text[i:i + 4] for i in range(0, len(text), 4))
    if how < 0.6:
        return "-".join(text[i:i + 4] for i in range(0, len(text), 4))
    return text.lower() if how < 0.65 else text


CARDS = [("4", 16, (4, 4, 4, 4)), ("51", 16, (4, 4, 4, 4)), ("5412", 16, (4, 4, 4, 4)),
         ("2223", 16, (4, 4, 4, 4)), ("34", 15, (4, 6, 5)), ("37", 15, (4, 6, 5)),
         ("6011", 16, (4, 4, 4, 4)), ("65", 16, (4, 4, 4, 4)), ("3530", 16, (4, 4, 4, 4)),
         ("30", 14, (4, 6, 4)), ("36", 14, (4, 6, 4)), ("6212", 16, (4, 4, 4, 4))]


def card(r):
    prefix, length, sizes = r.choice(CARDS)
    if prefix == "30":
        prefix += r.choice("012345")
    digits = prefix + some(r, DIGITS, length - len(prefix) - 1)
    digits += luhn(digits)
    return r.choice([digits, grouped(digits, sizes, " "), grouped(digits, sizes, "-"),
                     grouped(digits, sizes, "."), grouped(digits, (1,) * length, " ")])


def ssn(r):
    area = r.choice([r.randint(1, 665), r.randint(667, 899)])
    return f"{area:03d}", f"{r.randint(1, 99):02d}", f"{r.randint(1, 9999):04d}"


def itin(r):
    group = r.choice([*range(50, 66), *range(70, 89), *range(90, 93), *range(94, 100)])
    return f"9{some(r, DIGITS, 2)}", f"{group}", some(r, DIGITS, 4)


def ipv6(r):
    words = [f"{r.randint(0x1000, 0xFFFF):x}" for _ in range(8)]
    words[0] = r.choice(["2001", "2a02", "fe80", "fd12"])
    text = ":".join(words)
    if r.random() < 0.4:
        text = ":".join(words[:r.randint(2, 4)]) + "::" + ":".join(words[-r.randint(1, 3):])
    return text.upper() if r.random() < 0.2 else text


def nhs(r):
    while True:
        digits = r.choice("4679") + some(r, DIGITS, 8)
        check = -sum(int(d) * w for d, w in zip(digits, range(10, 1, -1))) % 11
        if check < 10:
            return digits + str(check)


def routing(r):
    digits = r.choice(["02", "06", "07", "11", "12", "26", "31"]) + some(r, DIGITS, 6)
    weights = [3, 7, 1, 3, 7, 1, 3, 7]
    return digits + str(-sum(int(d) * w for d, w in zip(digits, weights)) % 10)


def nino(r):
    while True:
        pair = r.choice("ABCEGHJKLMNOPRSTWXYZ") + r.choice("ABCEGHJKLMNPRSTWXYZ")
        if pair not in ("BG", "GB", "KN", "NK", "NT", "TN", "ZZ"):
            break
    digits = some(r, DIGITS, 6)
    return r.choice([f"{pair}{digits}", f"{pair} {digits[:2]} {digits[2:4]} {digits[4:]} "]) \
        + r.choice("ABCD")


def secret(r):
    return "aZ7bQ" + some(r, string.ascii_letters + DIGITS + "+/", 30) + "x9KpW"


def address(r):
    number = r.randint(1, 2999)
    street = r.choice(["Oak", "Maple", "Cedar Hill", "Lincoln", "Washington", "River", "St. Mary's"])
    country = r.choice(["US", "US", "GB", "DE", "FR", "ES", "IT", "AU"])
    if country == "US":
        text = f"{number} {r.choice(['', 'N. ', 'West '])}{street} " + \
            r.choice(["Street", "St", "Ave", "Avenue", "Road", "Blvd", "Lane", "Dr", "Court"])
        if r.random() < 0.5:
            text += r.choice([", Apt 4B", ", Suite 210", " #12"])
        if r.random() < 0.6:
            text += ", " + r.choice(["Springfield, IL 62704", "Austin, TX 78701",
                                     "New York, NY 10001", "Portland OR 97201"])
        return text
    if country == "GB":
        text = f"{number % 200 + 1} {street} " + r.choice(["Road", "Street", "Close", "Lane", "Gardens"])
        return text + r.choice(["", ", London SW1A 1AA", ", Leeds LS1 4DY", ", Bristol, BS1 5TR"])
    if country == "DE":
        name = r.choice(["Hauptstraße", "Bahnhofstr.", "Goethestraße", "Berliner Allee",
                         "Lindenweg", "Am Marktplatz", "Rosenstrasse", "Karl-Marx-Straße"])
        return f"{name} {number % 150 + 1}{r.choice(['', '', 'a'])}" + \
            r.choice(["", ", 10115 Berlin", ", 80331 München"])
    if country == "FR":
        return f"{number % 200 + 1}{r.choice(['', ' bis', ','])} " + \
            r.choice(["rue de la Paix", "avenue Victor Hugo", "boulevard Saint-Michel",
                      "place de la République", "chemin des Vignes"]) + \
            r.choice(["", ", 75002 Paris", ", 69001 Lyon"])
    if country == "ES":
        return r.choice(["Calle Mayor", "C/ Alcalá", "Avenida de América", "Plaza España"]) + \
            f" {number % 100 + 1}" + r.choice(["", ", 28013 Madrid", ", 08001 Barcelona"])
    if country == "IT":
        return r.choice(["Via Roma", "Via Garibaldi", "Piazza Dante", "Corso Italia"]) + \
            f" {number % 100 + 1}" + r.choice(["", ", 00184 Roma", ", 20121 Milano"])
    return r.choice(["", "3/"]) + f"{number % 300 + 1} {street} " + \
        r.choice(["Street", "Road", "Parade", "Terrace"]) + \
        r.choice(["", ", Sydney NSW 2000", ", Richmond VIC 3121"])


def date(r):
    y, m, d = r.randint(1950, 2029), r.randint(1, 12), r.randint(1, 28)
    month = ["January", "February", "March", "April", "May", "June", "July", "August", "September",
             "October", "November", "December"][m - 1]
    return r.choice([f"{y}-{m:02d}-{d:02d}", f"{m}/{d}/{y}", f"{d:02d}.{m:02d}.{y}",
                     f"{d}/{m}/{y}", f"{month} {d}, {y}", f"{d} {month} {y}", f"{month[:3]} {d}",
                     f"{d:02d}-{m:02d}-{y}", f"{y}/{m:02d}/{d:02d}",
                     f"{y}-{m:02d}-{d:02d}T{r.randint(0, 23):02d}:{r.randint(0, 59):02d}:00Z",
                     f"{r.randint(1, 12)}:{r.randint(0, 59):02d} {r.choice(['am', 'PM', 'p.m.'])}",
                     f"{r.randint(0, 23):02d}:{r.randint(0, 59):02d}", f"{month} {y}"])


# Sentences. The item stands for {}.

ANYWHERE = ["{}", "Please use {} from now on.", "It was sent to {}, and nothing came back",
            "Why does the app show ({}) to everybody?!", "my old one: {}; delete it",
            "Meine Daten: {}. Bitte löschen!", "Voilà : {}, merci de corriger",
            "Los datos son {} y no funciona", "The form lost \"{}\" twice\nand I am tired of it",
            "Great app 😀 but {} leaked", "- {}\n- more of the same", "I typed {} into the box",
            "Since the update {} is in my public profile, fix this now."]


def phone_frames(r):
    return r.choice(ASK_PHONE)


def kinds():
    """type -> list of (weight, make(r) -> (item, frame or None))."""
    def anywhere(make):
        return lambda r: (make(r), r.choice(ANYWHERE))

    def beside(make, *frames):
        return lambda r: (make(r), r.choice(frames))

    return {
        "EMAIL": [anywhere(email), anywhere(email), anywhere(spelt_email)],
        "PHONE": [anywhere(lambda r: shape(r, r.choice(PHONES[r.choice(sorted(PHONES))])))] * 3
        + [lambda r: (shape(r, r.choice(ASKED_PHONES)), phone_frames(r))],
        "CREDIT_DEBIT_NUMBER": [anywhere(card)],
        "CREDIT_DEBIT_CVV": [beside(lambda r: some(r, DIGITS, r.choice([3, 4])), "cvv {}", "CVC: {}",
                                    "the security code is {}.", "my CVV2 is {}", "cvv number {}",
                                    "security code {} on the back")],
        "CREDIT_DEBIT_EXPIRY": [beside(
            lambda r: f"{r.randint(1, 12):02d}{r.choice(['/', '-', ' / '])}{r.choice(['', '20'])}"
            f"{r.randint(25, 39)}", "exp {}", "expires {}", "valid thru {}", "expiry date: {}",
            "my card expires on {}.", "expiration {}")],
        "INTERNATIONAL_BANK_ACCOUNT_NUMBER": [anywhere(made_iban)],
        "SWIFT_CODE": [beside(lambda r: some(r, UPPER, 4) + r.choice(["DE", "FR", "GB", "US", "NL"])
                              + r.choice(["FF", "22", "2L", "M1"]) + r.choice(["", "XXX", "500"]),
                              "BIC {}", "swift code: {}", "SWIFT/BIC is {}.",
                              "wire transfer to {} please")],
        "BANK_ROUTING": [beside(routing, "routing number {}", "ABA {}", "RTN: {}",
                                "my routing no. is {}.")],
        "BANK_ACCOUNT_NUMBER": [beside(lambda r: shape(r, r.choice(["N" + "#" * 7, "N" + "#" * 9,
                                                                    "N" + "#" * 11])),
                                       "account number {}", "acct # {}", "Account no.: {}",
                                       "my bank account number is {}.", "Kontonummer {}")],
        "SSN": [anywhere(lambda r: r.choice(["-", "-", " "]).join(ssn(r))),
                beside(lambda r: "".join(ssn(r)), "SSN {}", "my social security number is {}.",
                       "ssn: {}")],
        "US_INDIVIDUAL_TAX_IDENTIFICATION_NUMBER": [anywhere(lambda r: "-".join(itin(r))), beside(
            lambda r: "".join(itin(r)), "ITIN {}", "my taxpayer id is {}.", "itin: {}")],
        "IP_ADDRESS": [anywhere(lambda r: ".".join(str(r.randint(1, 254)) for _ in range(4))),
                       anywhere(ipv6)],
        "MAC_ADDRESS": [anywhere(lambda r: r.choice([":", "-"]).join(
            f"{r.randint(0, 255):02x}" for _ in range(6))), anywhere(lambda r: ":".join(
                f"{r.randint(0, 255):02X}" for _ in range(6)))],
        "URL": [anywhere(lambda r: r.choice(["https://", "http://", "www."]) + r.choice(WORDS)
                         + ".example.com" + r.choice(["", "/a/b?c=d&e=1", "/" + r.choice(WORDS)]))],
        "DATE_TIME": [anywhere(date)],
        "AGE": [beside(lambda r: r.choice(["{} years old", "{} year old", "{} y/o", "{}-year-old"])
                       .format(r.randint(5, 98)), "I am {}", "a {} man", "my mother is {}.")],
        "AWS_ACCESS_KEY": [anywhere(lambda r: r.choice(["AKIA", "ASIA"])
                                    + some(r, UPPER + "234567", 16))],
        "AWS_SECRET_KEY": [beside(secret, "aws_secret_access_key = {}", "secret key: {}",
                                  "AWS secret {}", "AWS_SECRET_ACCESS_KEY={}")],
        "PASSWORD": [beside(lambda r: r.choice(WORDS) + r.choice(["!", "#", "2", "99", "_x1", "$"])
                            + some(r, DIGITS, 2), "password: {}", "my password is {}", "pwd={}",
                            "Passwort: {}", "passcode is {}, please change it")],
        "PIN": [beside(lambda r: some(r, DIGITS, r.choice([4, 6])), "my PIN is {}", "pin: {}",
                       "PIN code {}.", "the pin number is {}")],
        "USERNAME": [beside(lambda r: r.choice(WORDS) + r.choice(["_", ".", ""])
                            + some(r, DIGITS, 3), "username: {}", "my user name is {}",
                            "login: {}", "user id: {}", "Benutzername: {}")],
        "VEHICLE_IDENTIFICATION_NUMBER": [anywhere(vin)],
        "LICENSE_PLATE": [beside(lambda r: shape(r, r.choice(["AAA-####", "AA## AAA", "#AAA###",
                                                              "AAA ###", "B-AA ####"])),
                                 "license plate {}", "number plate: {}", "plate number {}.",
                                 "my licence plate is {}")],
        "DRIVER_ID": [beside(lambda r: shape(r, r.choice(["A#######", "A###-####-####", "#########",
                                                          "AAAAA######AA#AA"])),
                             "driver's license {}", "driving licence number {}",
                             "drivers license no: {}", "DL number {}.")],
        "PASSPORT_NUMBER": [beside(lambda r: shape(r, r.choice(["N########", "A########",
                                                                "AA#######", "C0#######"])),
                                   "passport {}", "my passport number is {}", "Passport no: {}.",
                                   "Reisepass {}", "passport # {}")],
        "CA_SOCIAL_INSURANCE_NUMBER": [beside(lambda r: (lambda d: grouped(
            d + luhn(d), (3, 3, 3), r.choice([" ", "-", ""])))(shape(r, "N#######")), "SIN {}",
            "my social insurance number is {}.", "SIN: {}")],
        "CA_HEALTH_NUMBER": [beside(lambda r: shape(r, r.choice(["####-###-###", "##########",
                                                                 "#### ### ### AA"])),
                                    "health card {}", "OHIP number {}", "health number is {}.")],
        "IN_AADHAAR": [beside(lambda r: (lambda d: grouped(d + verhoeff(d), (4, 4, 4), r.choice(
            [" ", "-", ""])))(r.choice("23456789") + some(r, DIGITS, 10)), "aadhaar {}",
            "my Aadhaar number is {}.", "Aadhar: {}", "UIDAI {}")],
        "IN_PERMANENT_ACCOUNT_NUMBER": [anywhere(lambda r: some(r, UPPER, 3) + r.choice("PCHFATBLJG")
                                                 + shape(r, "A####A"))],
        "IN_VOTER_NUMBER": [beside(lambda r: shape(r, "AAA#######"), "voter id {}", "EPIC no: {}",
                                   "my voter card {}.")],
        "IN_NREGA": [anywhere(lambda r: r.choice(["UP", "KL", "MH"])
                              + shape(r, "-##-###-###-###/###"))],
        "UK_NATIONAL_HEALTH_SERVICE_NUMBER": [beside(lambda r: grouped(nhs(r), (3, 3, 4), r.choice(
            [" ", "-", ""])), "NHS number {}", "my NHS no. is {}.", "NHS: {}")],
        "UK_NATIONAL_INSURANCE_NUMBER": [anywhere(nino)],
        "UK_UNIQUE_TAXPAYER_REFERENCE_NUMBER": [beside(lambda r: shape(r, r.choice(
            ["##########", "##### #####"])), "UTR {}", "my UTR is {}.",
            "unique taxpayer reference {}")],
        "ADDRESS": [anywhere(address)],
    }


# Disguises. Each keeps what it is by eye.

WIDE = {ord(c): ord(c) - 0x21 + 0xFF01 for c in map(chr, range(0x21, 0x7F))}
UNSEEN = ["\u200b", "\u200c", "\u2060", "\ufeff", "\u00ad"]


def disguise(r, item):
    how = r.choice(["wide", "wide digits", "unseen", "dashes", "blanks", "dots"])
    if how == "wide":
        return item.translate(WIDE)
    if how == "wide digits":
        return "".join(chr(WIDE[ord(c)]) if c.isdigit() and c.isascii() else c for c in item)
    if how == "unseen":
        at = r.randint(1, len(item) - 1)
        return item[:at] + r.choice(UNSEEN) + item[at:]
    if how == "dashes":
        return item.replace("-", r.choice("‐‑–—−"))
    if how == "dots":
        return item.replace(".", r.choice("．․"))
    return item.replace(" ", r.choice("\u00a0\u202f\u2009"))


def positives(seed, count, disguised=0.15):
    r = random.Random(seed)
    table = kinds()
    for i in range(count):
        kind = list(table)[i % len(table)]
        item, frame = r.choice(table[kind])(r)
        if r.random() < disguised:
            item = disguise(r, item)
        before, after = frame.split("{}")
        yield before + item + after, [(len(before), len(before) + len(item), kind)]


# What only looks like it.

def wrong_luhn(r):
    digits = r.choice(["4", "51", "6011"]) + some(r, DIGITS, 11)
    digits += some(r, DIGITS, 15 - len(digits))
    return digits + str((int(luhn(digits)) + r.randint(1, 9)) % 10)


def wrong_iban(r):
    text = made_iban(r).replace(" ", "").replace("-", "").upper()
    return text[:2] + f"{(int(text[2:4]) + r.randint(1, 80)) % 97:02d}" + text[4:]


def wrong_vin(r):
    text = vin(r)
    return text[:8] + r.choice([c for c in "0123456789X" if c != text[8]]) + text[9:]


NEGATIVES = [
    lambda r: "-".join(some(r, "0123456789abcdef", n) for n in (8, 4, 4, 4, 12)),
    lambda r: "{" + "-".join(some(r, "0123456789ABCDEF", n) for n in (8, 4, 4, 4, 12)) + "}",
    lambda r: some(r, "0123456789abcdef", r.choice([32, 40, 64])),
    lambda r: some(r, "0123456789abcdef", r.choice([7, 8, 10, 12])),
    lambda r: "v" + ".".join(str(r.randint(0, 40)) for _ in range(r.choice([2, 3, 4]))),
    lambda r: f"version {r.randint(1, 30)}.{r.randint(0, 20)}.{r.randint(0, 9)}.{r.randint(0, 99)}",
    lambda r: f"{r.randint(1, 30)}.{r.randint(0, 20)}.{r.randint(0, 9)}",
    lambda r: f"build {r.randint(1000, 99999)}.{r.randint(0, 99)}",
    lambda r: f"${r.randint(1, 9999):,}.{r.randint(0, 99):02d}",
    lambda r: f"{r.randint(1, 9999)},{r.randint(0, 99):02d} €",
    lambda r: f"€{r.randint(1, 999)}.{r.randint(0, 99):02d}",
    lambda r: f"{r.randint(1, 999)}.{r.randint(0, 999):03d}.{r.randint(0, 999):03d} EUR",
    lambda r: f"{r.randint(100, 999)},{r.randint(0, 999):03d},{r.randint(0, 999):03d}",
    lambda r: f"order {r.randint(10 ** 6, 10 ** 10)}",
    lambda r: f"order number {r.randint(10 ** 8, 10 ** 10)}",
    lambda r: f"Order #{shape(r, '###-#######-#######')}",
    lambda r: f"invoice {shape(r, 'INV-20##-####')}",
    lambda r: f"ticket #{r.randint(1000, 999999)}",
    lambda r: f"tracking number {shape(r, '1Z999AA1##########')}",
    lambda r: f"tracking {shape(r, '94001118992########')}",
    lambda r: f"ref: {shape(r, 'AA-######')}",
    lambda r: f"SKU {shape(r, 'AAA-####-AA')}",
    lambda r: f"ISBN 978-{shape(r, '#-##-######-#')}",
    lambda r: f"barcode {shape(r, '40###########')}",
    lambda r: f"part no. {shape(r, '###-##-####')}",
    lambda r: f"serial number {shape(r, 'AA##########')}",
    lambda r: some(r, UPPER, r.choice([8, 11, 12, 14, 17])),
    lambda r: " ".join(some(r, UPPER, r.randint(2, 9)) for _ in range(5)),
    lambda r: f"error 0x{some(r, '0123456789ABCDEF', 8)}",
    lambda r: f"error code -{r.randint(100, 99999)}",
    lambda r: f"{r.uniform(-90, 90):.6f}, {r.uniform(-180, 180):.6f}",
    lambda r: f"#{some(r, '0123456789abcdef', 6)}",
    lambda r: f"{r.randint(1, 99)}%",
    lambda r: f"{r.randint(1, 5)}/5 stars",
    lambda r: f"{r.randint(100, 4000)}x{r.randint(100, 4000)} px",
    lambda r: f"{r.randint(1, 20)}-{r.randint(1, 20)} at half time",
    lambda r: f"{r.randint(1, 999)} of {r.randint(1000, 9999)}",
    lambda r: f"{r.randint(10 ** 9, 2 * 10 ** 9)} ms since the epoch",
    lambda r: f"{r.uniform(1, 9):.2f}e{r.randint(2, 30)}",
    lambda r: f"iPhone {r.randint(4, 16)} Pro Max on iOS {r.randint(9, 18)}.{r.randint(0, 9)}.1",
    lambda r: f"Galaxy S{r.randint(5, 25)} and Windows {r.choice(['10', '11', '7'])}",
    lambda r: f"{r.randint(64, 999)} MB in {r.randint(2, 90)} minutes",
    lambda r: f"{r.randint(1, 12)} items for {r.randint(10, 99)} dollars",
    lambda r: f"std::vector::at({r.randint(0, 99)}) and a::b::c",
    lambda r: f"Chapter {r.randint(1, 30)}:{r.randint(1, 40)}",
    lambda r: f"{r.randint(1, 28)}.{r.randint(1, 12)}.{r.randint(2000, 2029)}",
    lambda r: f"{r.randint(2000, 2029)}-{r.randint(1, 12):02d}-{r.randint(1, 28):02d}",
    lambda r: f"{r.randint(0, 23)}:{r.randint(0, 59):02d}",
    lambda r: f"from {r.randint(2, 9)}:00 to {r.randint(10, 23)}:30",
    lambda r: wrong_luhn(r),
    lambda r: wrong_iban(r),
    lambda r: wrong_vin(r),
    lambda r: "-".join(["666", f"{r.randint(1, 99):02d}", f"{r.randint(1, 9999):04d}"]),
    lambda r: ".".join(str(r.randint(256, 999)) for _ in range(4)),
    lambda r: f"section {r.randint(1, 9)}.{r.randint(1, 9)}.{r.randint(1, 9)}.{r.randint(1, 9)}",
    lambda r: r.choice(["look at the dot com boom", "I was at work dot dot dot", "meet at noon"]),
    lambda r: r.choice(["the password is wrong", "my pin is not accepted", "login is impossible",
                        "username is already taken", "the account number is missing"]),
    lambda r: r.choice(["public health is fine", "the republic voted", "insurance is expensive",
                        "driving is fun", "my passport is late", "spinning 4567 times"]),
    lambda r: r.choice(["10 street food stalls", "5 star way of doing it", "2 way street",
                        "24 hour drive", "100 places to see", "3 road trips", "1 St of many"]),
    lambda r: f"{r.randint(10, 99)} {r.randint(10, 99)} {r.randint(10, 99)} in the lottery",
    lambda r: f"{r.randint(100, 999)} {r.randint(100, 999)} people",
    lambda r: f"[{', '.join(str(r.randint(0, 999)) for _ in range(6))}]",
    lambda r: f"line {r.randint(1, 9999)} of file_{r.randint(1, 99)}.c",
    lambda r: f"{shape(r, 'A#')} and {shape(r, 'B##')} paper",
    lambda r: f"USB-C {r.randint(1, 4)}.0, HDMI 2.{r.randint(0, 1)}, 802.11ac",
    lambda r: f"MH{r.randint(100, 999)} to LHR, gate {shape(r, 'A##')}",
    lambda r: f"@{r.choice(WORDS)} said so",
    lambda r: f"{r.randint(1, 99)} @ {r.randint(1, 99)}.99 each",
]
AROUND = ["{}", "It shows {} all day", "({})", "Since the update {} is wrong.", "I saw \"{}\" twice",
          "The screen said {}, then it closed", "{} 😀", "Bitte {} beheben!", "- {}\n- again"]


def negatives(seed, count):
    r = random.Random(seed * 7919 + 1)
    for i in range(count):
        yield r.choice(AROUND).format(NEGATIVES[i % len(NEGATIVES)](r)), []
