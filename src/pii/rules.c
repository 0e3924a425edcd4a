#include "pii/rules.h"
#include "pii/words.h"

#define END "(?![A-Za-z0-9])"
/* A number that continues one before it, or stands in a price, is none of ours. */
#define NUMBER (AFTER_NUMBER | AFTER_DASH | AFTER_PRICE)
#define EXTENSION "(?: ?(?:x|ext\\.?|extension|#) ?\\d{1,6})?"
#define NORTH_AMERICAN                                                                             \
    "(?:\\([2-9]\\d\\d\\)[ .-]?\\d{3}[ .-]?\\d{4}|[2-9]\\d\\d([ .-])\\d{3}\\1\\d{4})"
#define NO_MORE "(?![A-Za-z0-9]|[-.,/:][0-9]| ?(?:%|\\$|\\x{e2}\\x82\\xAC))"
/* What may stand between the word that names a thing and the thing. */
#define SAYS                                                                                       \
    "(?:[ \\t]{0,3}(?:[:=#\"'(-]|\\b(?:is|was|number|numbers|no|nr|num|code|id|of|are|my|card|"    \
    "the|as|to|it|its|it's|for|on|with|ending|in|here|issued|holder|reads|shows|key|access|date)"  \
    "\\b\\.?)){0,8}+[ \\t\"'(]{0,3}+"
/* The same, when only a clear "is" will do. */
#define EQUALS "[ \\t]{0,3}(?:[:=]|is\\b:?|was\\b|to\\b)[ \\t]{0,3}[\"'`(]?"
#define CAPITAL "(?:[A-Z]|\\xC3[\\x80-\\x9E]|[\\xC4\\xC5][\\x80-\\xBF]|\\xD0[\\x90-\\xAF])"
#define NAME_WORD CAPITAL "[A-Za-z\\x80-\\xFF'-]{0,30}+"
#define NAMES                                                                                      \
    NAME_WORD "(?: (?:" CAPITAL "\\.|(?:van|von|de|der|den|di|da|la|del|el|bin|al)\\b|" NAME_WORD  \
              ")){0,3}+"
#define LABEL "[A-Za-z0-9\\x80-\\xFF](?:[A-Za-z0-9\\x80-\\xFF-]{0,61}+)"
#define MONTH                                                                                      \
    "(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|"             \
    "sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\\.?"
#define TIME                                                                                       \
    "[0-2]?\\d:[0-5]\\d(?::[0-5]\\d(?:\\.\\d{1,6})?)?(?: ?[AaPp]\\.?[Mm]\\b\\.?)?(?:Z\\b| "        \
    "?[+-]\\d\\d:?\\d\\d)?"
#define STREET                                                                                     \
    "(?:Street|St|Avenue|Ave|Road|Rd|Boulevard|Blvd|Lane|Ln|Drive|Dr|Court|Ct|Place|Pl|Square|Sq|" \
    "Terrace|Way|Parkway|Pkwy|Circle|Cir|Highway|Hwy|Close|Crescent|Grove|Mews|Row|Walk|Trail|"    \
    "Alley|Plaza|Gardens|Parade|Esplanade)"
#define TOWN_WORD "[A-Z\\xC3][A-Za-z\\x80-\\xFF'.-]{1,24}"
#define FLAT "(?:,? (?:Apt|Apartment|Suite|Ste|Unit|Flat|Floor)\\b\\.? ?#?\\w{1,6}|,? #\\w{1,6})?"
/* "Springfield, IL 62704", "London SW1A 1AA", "Sydney NSW 2000". */
#define ENGLISH_TOWN                                                                               \
    "(?:,?\\s{1,2}" TOWN_WORD "(?: " TOWN_WORD "){0,2},?\\s{1,2}(?:"                               \
    "[A-Z]{1,2}\\d[A-Z\\d]? ?\\d[A-Z]{2}\\b|[A-Z]{2,3}\\b(?:,? {1,2}\\d{4,5}(?:-\\d{4})?\\b)?))?"
/* ", 10115 Berlin", ", 1017 GA Amsterdam". */
#define POSTCODE_TOWN                                                                              \
    "(?:,? (?:[A-Z]{1,2}-)?\\d{4,5}(?: [A-Z]{2})? " TOWN_WORD "(?: " TOWN_WORD "){0,2})?"

/* A street by its name and number alone. */
#define STREET_WORD "(?:" CAPITAL "|\\xCE[\\x80-\\xBF])[A-Za-z\\x80-\\xFF'.-]{0,24}+"
#define NUMBERED_NAMES STREET_WORD "(?: (?:" STREET_WORD "|[a-z]{1,12}+)){0,4} \\d{1,5}\\b\\.?"
#define CAPITAL_FIRSTS "ABCDEFGHIJKLMNOPQRSTUVWXYZ\xC3\xC4\xC5\xCE\xD0"

const struct pii_rule pii_rules[] = {
    /* Where people are reached. */
    {.type = PII_EMAIL,
     .starts = START_EMAIL,
     .score = 0.99,
     .pattern = "[A-Za-z0-9_\\x80-\\xFF][\\w.%+'\\x80-\\xFF-]{0,63}+@(?:" LABEL
                "\\.){1,8}[A-Za-z\\x80-\\xFF]{2,24}" END},
    {.type = PII_EMAIL,
     .starts = START_EMAIL,
     .score = 0.95,
     .pattern =
         "(?i)(?!(?:look|available|buy|bought|order|ordered|found|shop|visit|up|site|it|us|me|out|"
         "here|page|sold|only|store|work|works|hosted|was|were|is|are|am|been|i|we|they|you|he|she|"
         "stay|"
         "live|met|go|went|sign|log|login) )[a-z0-9_][\\w.%+-]{0,63}+(?:"
         " ?[\\[({<] ?(?:at|@) ?[\\])}>] ?(?:" LABEL "(?: ?[\\[({<] ?(?:dot|\\.) ?[\\])}>] ?|\\.|"
         " dot )){1,4}|"
         " (?:at|@) (?!the |a |this |that |our |your |their |least |all )(?:(?!dot )" LABEL
         "(?: ?[\\[({<] ?(?:dot|\\.) ?[\\])}>] ?| dot | \\. )){1,4}"
         ")(?!dot\\b)[a-z]{2,12}" END},
    {.type = PII_PHONE,
     .starts = START_DIGIT,
     .fewest = 7,
     .first = "+",
     .score = 0.95,
     .pattern = "(?<![0-9])\\+(?=[1-9(])(?:\\d{1,4}\\)?[ .-]?)?(?:\\(\\d{1,5}\\)[ .-]?)?\\d{1,14}"
                "(?:[ ./-]\\d{1,8}){0,6}(?: ?(?:x|ext\\.?|extension) ?\\d{1,6})?" END,
     .check = check_phone},
    {.type = PII_PHONE, /* North America */
     .starts = START_DIGIT,
     .fewest = 10,
     .shortest = 3,
     .longest = 3,
     .first = "(23456789",
     .after = ") .-",
     .next = "0123456789.-",
     .never_after = NUMBER,
     .score = 0.9,
     .refuses = WORD_NOT_PERSONAL,
     .pattern = NORTH_AMERICAN EXTENSION NO_MORE,
     .check = check_phone},
    {.type = PII_PHONE,
     .starts = START_DIGIT,
     .fewest = 11,
     .longest = 3,
     .first = "+01",
     .after = " .-(",
     .next = "(23456789",
     .never_after = NUMBER,
     .score = 0.9,
     .refuses = WORD_NOT_PERSONAL,
     .pattern = "(?:\\+?1|001)[ .-]?" NORTH_AMERICAN EXTENSION NO_MORE,
     .check = check_phone},
    {.type = PII_PHONE, /* with a trunk prefix, as Europe writes them; Brazil */
     .starts = START_DIGIT,
     .fewest = 9,
     .first = "(0",
     .never_after = NUMBER,
     .score = 0.85,
     .refuses = WORD_NOT_PERSONAL,
     .pattern = "(?:\\(0\\d{1,5}\\) ?\\d{2,8}(?:[ -]\\d{2,8}){0,3}|"
                "0[1-9]\\d{0,4}(?:[ ./-]\\d{2,8}){1,5}|00[1-9]\\d{0,3}(?:[ ./-]\\d{1,8}){1,6}|"
                "\\(\\d\\d\\) ?9?\\d{4}-\\d{4}|0[6-9]\\d{9}|0[67]\\d{8})" EXTENSION NO_MORE,
     .check = check_phone},
    {.type = PII_PHONE, /* India */
     .starts = START_DIGIT,
     .fewest = 10,
     .shortest = 5,
     .longest = 5,
     .first = "6789",
     .after = " -",
     .never_after = NUMBER,
     .score = 0.85,
     .refuses = WORD_NOT_PERSONAL,
     .pattern = "\\d{5}[ -]\\d{5}" NO_MORE,
     .check = check_phone},
    {.type = PII_PHONE,
     .starts = START_DIGIT,
     .fewest = 7,
     .never_after = NUMBER,
     .score = 0.75,
     .needs = WORD_PHONE,
     .refuses = WORD_NOT_PERSONAL | WORD_ACCOUNT | WORD_CARD | WORD_ROUTING | WORD_SSN | WORD_TAX |
                WORD_PASSPORT | WORD_DRIVER | WORD_NHS | WORD_SIN | WORD_AADHAAR | WORD_PIN |
                WORD_HEALTH | WORD_VOTER,
     .pattern = "(?:\\d{10,13}|\\(?\\d{2,5}\\)?(?:[ ./-]\\d{2,6}){1,5})" NO_MORE,
     .check = check_plain_phone},
    {.type = PII_PHONE, /* a bare number, right after the word for it */
     .starts = START_WORD,
     .words = WORD_PHONE,
     .score = 0.75,
     .refuses = WORD_NOT_PERSONAL,
     .pattern =
         "(?i)[a-z\\x80-\\xFF]{2,20}+(?:[ \\t]{0,3}(?:[:=#(.-]|\\b(?:is|number|numbers|nr|no|num|"
         "me|us|him|her|at|on|under|unter|al|es|ist|est|e|to|my|mine|the|please)\\b|\\xC3["
         "\\xA0\\xA8"
         "\\xA9])){0,5}+[ \\t]{0,2}\\K(?:\\d{7,13}|\\d{2,5}(?:[ ./-]\\d{2,5}){1,4})" NO_MORE,
     .check = check_plain_phone},
    {.type = PII_IP_ADDRESS,
     .starts = START_DIGIT,
     .fewest = 4,
     .longest = 3,
     .after = ".",
     .never_after = AFTER_NUMBER | AFTER_DASH,
     .score = 0.95,
     .refuses = WORD_NOT_PERSONAL,
     .pattern = "(?!0)(?:(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)\\.){3}"
                "(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)(?![A-Za-z0-9]|[.-][0-9])"},
    {.type = PII_IP_ADDRESS,
     .starts = START_HEX,
     .score = 0.95,
     .pattern = "(?<![:.])(?=[0-9A-Fa-f:]{2,})[0-9A-Fa-f:]{2,39}+(?:\\.\\d{1,3}){0,3}" END,
     .check = check_ipv6},
    {.type = PII_MAC_ADDRESS,
     .starts = START_HEX,
     .score = 0.96,
     .pattern = "(?<![:-])[0-9A-Fa-f]{2}([:-])(?:[0-9A-Fa-f]{2}\\1){4}[0-9A-Fa-f]{2}"
                "(?![A-Za-z0-9]|[:-][0-9A-Fa-f])"},
    {.type = PII_URL,
     .starts = START_URL,
     .score = 0.9,
     .pattern = "(?:https?|ftp|HTTPS?)://[^\\s<>\"]{1,2000}+",
     .check = check_url},
    {.type = PII_URL,
     .starts = START_WORD,
     .words = WORD_WEB,
     .score = 0.9,
     .pattern = "(?i)www\\.(?:" LABEL "\\.){1,6}[a-z]{2,24}(?:[/?#][^\\s<>\"]{0,2000}+)?" END,
     .check = check_url},

    /* Money. */
    {.type = PII_CREDIT_DEBIT_NUMBER,
     .starts = START_DIGIT,
     .fewest = 14,
     .shortest = 4,
     .first = "123456",
     .never_after = AFTER_NUMBER | AFTER_DASH,
     .score = 0.98,
     .pattern = "(?:[2-6]|1(?=800))(?:[ .-]?\\d){13,22}" END,
     .check = check_card},
    {.type = PII_CREDIT_DEBIT_NUMBER, /* its digits apart */
     .starts = START_DIGIT,
     .fewest = 13,
     .longest = 1,
     .first = "23456",
     .never_after = AFTER_NUMBER | AFTER_DASH | AFTER_BLANK,
     .score = 0.95,
     .pattern = "[2-6](?:[ .-]\\d){12,18}+(?![ .-]?[0-9]|[A-Za-z])",
     .check = check_card},
    {.type = PII_CREDIT_DEBIT_NUMBER,
     .starts = START_DIGIT,
     .fewest = 12,
     .shortest = 12,
     .longest = 13,
     .first = "456",
     .never_after = NUMBER,
     .score = 0.9,
     .needs = WORD_CARD,
     .pattern = "(?:4\\d{12}|(?:5[0678]|6\\d)\\d{10,11})" NO_MORE,
     .check = check_card},
    {.type = PII_CREDIT_DEBIT_CVV,
     .starts = START_WORD,
     .words = WORD_CVV,
     .score = 0.9,
     .pattern = "(?i)(?:cv[vc]2?|cid|csc|(?:security|verification) (?:code|number|value))\\b" SAYS
                "\\K\\d{3,4}" END},
    {.type = PII_CREDIT_DEBIT_EXPIRY,
     .starts = START_WORD,
     .words = WORD_EXPIRY,
     .score = 0.9,
     .pattern = "(?i)(?:exp|expiry|expires|expiration|expiring|valid)\\b\\.?(?: date)?(?: "
                "(?:thru|until|to|through))?" SAYS
                "\\K(?:0[1-9]|1[0-2]) ?[/-] ?(?:20)?\\d\\d(?![A-Za-z0-9]|[/-]\\d)"},
    {.type = PII_INTERNATIONAL_BANK_ACCOUNT_NUMBER,
     .starts = START_PAIR,
     .score = 0.99,
     .pattern = "(?i)[a-z]{2}[ -]?\\d{2}(?:[ -]?[a-z0-9]){11,36}+",
     .check = check_iban},
    {.type = PII_SWIFT_CODE,
     .starts = START_CAPITALS | START_MIXED,
     .shortest = 8,
     .longest = 11,
     .score = 0.9,
     .needs = WORD_SWIFT,
     .pattern = "[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?" END,
     .check = check_swift},
    {.type = PII_BANK_ROUTING,
     .starts = START_DIGIT,
     .fewest = 9,
     .shortest = 4,
     .longest = 9,
     .never_after = NUMBER,
     .score = 0.93,
     .needs = WORD_ROUTING,
     .pattern = "(?:\\d{9}|\\d{4}-\\d{4}-\\d)" NO_MORE,
     .check = check_bank_routing},
    {.type = PII_BANK_ACCOUNT_NUMBER,
     .starts = START_WORD,
     .words = WORD_ACCOUNT,
     .score = 0.88,
     .pattern = "(?i)(?:accounts?|acct|konto(?:nummer)?)\\b\\.?(?= ?[:=#]| (?:number|no|nr|num|is|"
                "ending|#)|\\. ?\\d| \\d{6})" SAYS "\\K\\d(?:[ -]?\\d){5,16}" NO_MORE},

    /* Secrets. */
    {.type = PII_AWS_ACCESS_KEY,
     .starts = START_CAPITALS | START_MIXED,
     .shortest = 20,
     .longest = 20,
     .score = 0.99,
     .pattern = "(?:AKIA|ASIA|AIDA|AROA|AGPA|ANPA|ANVA|AIPA)[A-Z0-9]{16}" END},
    {.type = PII_AWS_SECRET_KEY,
     .starts = START_WORD,
     .words = WORD_SECRET,
     .score = 0.95,
     .pattern = "(?i)(?:aws[_ -]?)?(?:secret(?:[_ -]?access)?(?:[_ -]?key)?)" SAYS
                "\\K[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])",
     .check = check_secret},
    {.type = PII_PASSWORD,
     .starts = START_WORD,
     .words = WORD_PASSWORD,
     .score = 0.85,
     .pattern = "(?i)(?:passw(?:or)?[dt]|passcode|passphrase|pwd|pass|contrasena)\\b" EQUALS
                "\\K[^\\s,;\"]{3,64}",
     .check = check_password},
    {.type = PII_PASSWORD, /* a plain word, when nothing but it follows */
     .starts = START_WORD,
     .words = WORD_PASSWORD,
     .score = 0.8,
     .pattern = "(?i)(?:passw(?:or)?[dt]|passcode|passphrase|pwd|contrasena)\\b ?[:=] ?[\"']?"
                "\\K[^\\s,;\"]{3,64}(?=[\"']?[,;]|[\"']?[ \\t]{0,3}(?:\\n|$))"},
    {.type = PII_PIN,
     .starts = START_WORD,
     .words = WORD_PIN,
     .score = 0.85,
     .pattern = "(?i)pin(?:code)?\\b" SAYS "\\K\\d{4,8}" END},
    {.type = PII_USERNAME,
     .starts = START_WORD,
     .words = WORD_USERNAME,
     .score = 0.8,
     .pattern = "(?i)(?:user ?name|user ?id|login|screen ?name|nickname|handle|benutzername|user)"
                "\\b" EQUALS "\\K@?[\\w.-]{3,40}",
     .check = check_password},
    {.type = PII_USERNAME,
     .starts = START_WORD,
     .words = WORD_USERNAME,
     .score = 0.75,
     .pattern = "(?i)(?:user ?name|user ?id|screen ?name|nickname|benutzername)\\b ?[:=] ?"
                "\\K@?[\\w.-]{3,40}(?=[,;]|[ \\t]{0,3}(?:\\n|$))"},

    /* Numbers that states give. */
    {.type = PII_SSN,
     .starts = START_DIGIT,
     .fewest = 9,
     .shortest = 3,
     .longest = 3,
     .after = " .-",
     .never_after = NUMBER,
     .score = 0.95,
     .refuses = WORD_NOT_PERSONAL | WORD_SIN,
     .pattern = "(?!000|666|9)\\d{3}([ .-])(?!00)\\d{2}\\1(?!0000)\\d{4}" NO_MORE},
    {.type = PII_SSN,
     .starts = START_DIGIT,
     .fewest = 9,
     .shortest = 9,
     .longest = 9,
     .never_after = NUMBER,
     .score = 0.9,
     .needs = WORD_SSN,
     .pattern = "(?!000|666|9)\\d{3}(?!00)\\d{2}(?!0000)\\d{4}" NO_MORE},
    {.type = PII_US_INDIVIDUAL_TAX_IDENTIFICATION_NUMBER,
     .starts = START_DIGIT,
     .fewest = 9,
     .shortest = 3,
     .longest = 3,
     .first = "9",
     .after = " -",
     .never_after = NUMBER,
     .score = 0.95,
     .refuses = WORD_NOT_PERSONAL,
     .pattern = "9\\d\\d([ -])(?:5\\d|6[0-5]|7\\d|8[0-8]|9[0-24-9])\\1\\d{4}" NO_MORE},
    {.type = PII_US_INDIVIDUAL_TAX_IDENTIFICATION_NUMBER,
     .starts = START_DIGIT,
     .fewest = 9,
     .shortest = 9,
     .longest = 9,
     .first = "9",
     .never_after = NUMBER,
     .score = 0.9,
     .needs = WORD_TAX,
     .pattern = "9\\d\\d(?:5\\d|6[0-5]|7\\d|8[0-8]|9[0-24-9])\\d{4}" NO_MORE},
    {.type = PII_PASSPORT_NUMBER,
     .starts = START_WORD,
     .words = WORD_PASSPORT,
     .score = 0.9,
     .pattern = "(?i)(?:passports?|reisepass|pasaporte|passeport)\\b" SAYS
                "\\K(?=[a-z]{0,3}\\d)[a-z0-9]{1,3}\\d{5,8}[a-z]?" END},
    {.type = PII_DRIVER_ID,
     .starts = START_WORD,
     .words = WORD_DRIVER,
     .score = 0.88,
     .pattern = "(?i)(?:driver'?s?|driving|dl)\\b'?(?: licen[cs]e| permit)?(?! plate)" SAYS
                "\\K(?=(?:[a-z-]{0,16}\\d){4})[a-z0-9](?:-?[a-z0-9]){4,19}" END},
    {.type = PII_DRIVER_ID,
     .starts = START_WORD,
     .words = WORD_DRIVER,
     .score = 0.7,
     .pattern = "(?i)licen[cs]e(?= ?[:=#]| (?:number|no|#))(?! plate)" SAYS
                "\\K(?=(?:[a-z-]{0,16}\\d){5})[a-z0-9](?:-?[a-z0-9]){5,15}" END},
    {.type = PII_LICENSE_PLATE,
     .starts = START_WORD,
     .words = WORD_PLATE,
     .score = 0.85,
     .pattern =
         "(?:(?i:(?:licen[cs]e |number |registration )?plates?|(?:vehicle )?reg(?:istration)?"
         "|tag)\\b" SAYS ")\\K(?=[A-Z -]{0,6}\\d)[A-Z0-9]{1,4}(?:[ -]?[A-Z0-9]{1,4}){1,3}" END},
    {.type = PII_VEHICLE_IDENTIFICATION_NUMBER,
     .starts = START_MIXED | START_DIGIT,
     .shortest = 17,
     .longest = 17,
     .score = 0.97,
     .pattern = "(?=[0-9]{0,16}[A-Za-z])[A-HJ-NPR-Z0-9]{11}[A-HJ-NPR-Z0-9]{2}\\d{4}" END,
     .check = check_vin},
    {.type = PII_CA_SOCIAL_INSURANCE_NUMBER,
     .starts = START_DIGIT,
     .fewest = 9,
     .shortest = 3,
     .longest = 9,
     .never_after = NUMBER,
     .score = 0.94,
     .needs = WORD_SIN,
     .pattern = "\\d{3}([ -]?)\\d{3}\\1\\d{3}" NO_MORE,
     .check = check_luhn},
    {.type = PII_CA_HEALTH_NUMBER,
     .starts = START_WORD,
     .words = WORD_HEALTH,
     .score = 0.88,
     .pattern = "(?i)(?:health|ohip|phn|medicare|healthcard)\\b(?: (?:card|insurance|care))?" SAYS
                "\\K\\d{4}[ -]?\\d{3}[ -]?\\d{3}(?:[ -]?[a-z]{2}\\b)?" END},
    {.type = PII_IN_AADHAAR,
     .starts = START_DIGIT,
     .fewest = 12,
     .shortest = 4,
     .longest = 4,
     .after = " -",
     .never_after = NUMBER,
     .score = 0.93,
     .refuses = WORD_NOT_PERSONAL,
     .pattern = "[2-9]\\d{3}([ -])\\d{4}\\1\\d{4}(?![ -]?\\d)" NO_MORE,
     .check = check_aadhaar},
    {.type = PII_IN_AADHAAR,
     .starts = START_DIGIT,
     .fewest = 12,
     .shortest = 12,
     .longest = 12,
     .never_after = NUMBER,
     .score = 0.93,
     .needs = WORD_AADHAAR,
     .pattern = "[2-9]\\d{11}" NO_MORE,
     .check = check_aadhaar},
    {.type = PII_IN_PERMANENT_ACCOUNT_NUMBER,
     .starts = START_MIXED,
     .shortest = 10,
     .longest = 10,
     .score = 0.9,
     .pattern = "[A-Z]{3}[ABCFGHJLPT][A-Z]\\d{4}[A-Z]" END},
    {.type = PII_IN_VOTER_NUMBER,
     .starts = START_MIXED,
     .shortest = 10,
     .longest = 10,
     .score = 0.9,
     .needs = WORD_VOTER,
     .pattern = "[A-Z]{3}\\d{7}" END},
    {.type = PII_IN_NREGA,
     .starts = START_PAIR,
     .longest = 2,
     .after = "-",
     .score = 0.93,
     .pattern = "[A-Z]{2}-\\d{2}-\\d{3}-\\d{3}-\\d{3}/\\d{1,6}" END},
    {.type = PII_UK_NATIONAL_HEALTH_SERVICE_NUMBER,
     .starts = START_DIGIT,
     .fewest = 10,
     .shortest = 3,
     .longest = 10,
     .never_after = NUMBER,
     .score = 0.94,
     .needs = WORD_NHS,
     .pattern = "\\d{3}([ -]?)\\d{3}\\1\\d{4}" NO_MORE,
     .check = check_nhs},
    {.type = PII_UK_NATIONAL_INSURANCE_NUMBER,
     .starts = START_PAIR,
     .score = 0.95,
     .pattern = "(?i)(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]([ -]?)\\d\\d\\1"
                "\\d\\d\\1\\d\\d\\1[A-D]" END},
    {.type = PII_UK_UNIQUE_TAXPAYER_REFERENCE_NUMBER,
     .starts = START_WORD,
     .words = WORD_TAX,
     .score = 0.9,
     .pattern = "(?i)(?:utr|(?:unique )?taxpayer reference|tax reference)\\b" SAYS
                "\\K\\d{5}[ -]?\\d{5}" END},

    /* People and places. */
    {.type = PII_NAME,
     .starts = START_WORD,
     .words = WORD_NAME,
     .score = 0.9,
     .pattern = "(?<=[Mm]y |[Hh]is |[Hh]er |[Ff]ull |[Ff]irst |[Ll]ast )"
                "(?i:name(?:'s| is|:| ?=)) {1,2}\\K(?!(?i:not|the|my|is)\\b)" NAMES},
    {.type = PII_NAME, /* things have names of one word too */
     .starts = START_WORD,
     .words = WORD_NAME,
     .score = 0.85,
     .pattern = "(?<![A-Za-z] )(?i:name) ?[:=] {0,2}\\K(?=[^ \\n]{1,40} [^a-z])" NAMES},
    {.type = PII_NAME,
     .starts = START_WORD,
     .words = WORD_NAME,
     .score = 0.85,
     .pattern =
         "(?:Dear|dear) (?:(?:Mr|Mrs|Ms|Miss|Dr|Prof)\\.? )?\\K(?!(?:Sir|Madam|Team|Support|"
         "Customer|All|Friend|Dev|Developer|Hiring|Editor|User|Valued|God|Lord|Santa|Colleague|"
         "Sirs|Client|Staff|Manager|Service|Everyone|Folks|Seller|Amazon|Google|Apple)[a-z]*"
         "\\b)" NAMES "(?=[ ]?[,!:\\n]|$)"},
    {.type = PII_NAME,
     .starts = START_WORD,
     .words = WORD_TITLE,
     .score = 0.85,
     .pattern = "(?:(?:Mr|Mrs|Ms|Dr|Prof)\\.? |Miss )\\K(?=" CAPITAL "[a-z\\x80-\\xFF])" NAMES},
    {.type = PII_NAME,
     .starts = START_WORD,
     .words = WORD_FAREWELL,
     .score = 0.85,
     .pattern = "(?i:regards|sincerely|cheers|thanks|truly|wishes|greetings|yours|gratefully)"
                "[,.!]?[ ]{0,3}\\n\\s{0,4}\\K(?!(?:The|Team|Support|Sent|Customer)\\b)" NAMES
                "(?=[ .]{0,3}(?:\\n|$))"},
    {.type = PII_AGE,
     .starts = START_DIGIT,
     .longest = 3,
     .after = " -",
     .next = "y",
     .never_after = AFTER_NUMBER,
     .score = 0.8,
     .pattern = "1?\\d?\\d(?:[ -]?(?:years?|yrs?)[ -](?:old|of age)|[ -]?y/?o)\\b"},
    {.type = PII_AGE,
     .starts = START_WORD,
     .words = WORD_AGE,
     .score = 0.8,
     .pattern =
         "(?i)aged?\\b(?: ?[:=]| of| is)? ?\\K1?\\d?\\d(?: years)?(?![A-Za-z0-9]|[.,-]\\d|%| ?:)"},
    {.type = PII_ADDRESS, /* 12 Main Street; 3/12 Oak Road */
     .starts = START_DIGIT,
     .longest = 6,
     .after = " -/",
     .next = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
     .never_after = AFTER_NUMBER | AFTER_PRICE,
     .score = 0.85,
     .pattern = "\\d{1,6}[A-Za-z]?(?:[-/]\\d{1,5})? (?:[NSEW]\\.? |(?:North|South|East|West) )?"
                "(?:(?:[A-Z][A-Za-z'.\\x80-\\xFF-]{0,24}|\\d{1,3}(?:st|nd|rd|th)) ){1,4}?" STREET
                "\\b\\.?" FLAT ENGLISH_TOWN},
    {.type = PII_ADDRESS, /* 12 bis, rue de la Paix */
     .starts = START_DIGIT,
     .longest = 5,
     .after = " ,b",
     .next = "rabciqtpRABCIQTP",
     .never_after = AFTER_NUMBER | AFTER_PRICE,
     .score = 0.85,
     .pattern = "\\d{1,4}(?: ?bis| ?ter)?,? (?i:rue|avenue|boulevard|chemin|impasse|quai|place|"
                "all\\xC3\\xA9"
                "e) (?:(?:de|du|des|la|le|les|l'|d')[ ']?){0,3}" TOWN_WORD "(?: " TOWN_WORD
                "){0,3}" POSTCODE_TOWN},
    {.type = PII_ADDRESS, /* Hauptstrasse 12, 10115 Berlin; Kerkstraat 1 */
     .starts = START_STREET,
     .score = 0.85,
     .pattern =
         "(?:" TOWN_WORD
         " )?[A-Z\\xC3][A-Za-z\\x80-\\xFF-]{0,40}+\\.? \\d{1,4} ?[a-z]?\\b" NO_MORE POSTCODE_TOWN},
    {.type = PII_ADDRESS, /* Calle Mayor 3, 28013 Madrid; Via Roma 1 */
     .starts = START_WORD,
     .words = WORD_ADDRESS,
     .first = "CAPVLRTEUu",
     .score = 0.8,
     .pattern = "(?:Calle|Avenida|Avda\\.?|Plaza|Paseo|Via|Viale|Piazza|Corso|Largo|Rua|Travessa|"
                "Estrada|Praca|[Uu]l\\.|Ulica) "
                "(?:(?:de|del|della|dei|la|las|los|el|do|da|dos|di) ){0,3}" TOWN_WORD "(?: "
                "(?:(?:de|del|la|di) )?" TOWN_WORD
                "){0,3},? (?:n\\.? ?|n\\xC2\\xBA ?)?\\d{1,4}[a-z]?" NO_MORE POSTCODE_TOWN},
    {.type = PII_ADDRESS, /* C/ Mayor 3 */
     .starts = START_STREET,
     .score = 0.8,
     .pattern = "C/ ?" TOWN_WORD "(?: (?:(?:de|del|la) )?" TOWN_WORD
                "){0,3},? \\d{1,4}[a-z]?" NO_MORE POSTCODE_TOWN},
    {.type = PII_ADDRESS,
     .starts = START_WORD,
     .words = WORD_ADDRESS,
     .first = "Bb",
     .score = 0.85,
     .pattern = "(?i)(?<=p\\.o\\. |post |.. po |po )box \\d{1,7}" END},
    {.type = PII_ADDRESS, /* of those who serve abroad: PSC 1234, Box 567, APO AE 09012 */
     .starts = START_WORD,
     .words = WORD_ADDRESS,
     .first = "PpCcUu",
     .score = 0.95,
     .pattern = "(?i)(?:(?:psc|cmr|unit) \\d{1,5},? box \\d{1,5}|us(?:s|ns|nv|cgc) [^\\s,]{2,30}+)"
                "[,\\s]{1,3}[afd]po[, ]{1,2}a[aep] \\d{5}" END},
    {.type = PII_ADDRESS, /* Apt. 5, with more of an address around it */
     .starts = START_WORD,
     .words = WORD_ADDRESS,
     .first = "AaSsUuFf",
     .score = 0.85,
     .pattern = "(?i)(?:apt|apartment|suite|ste|unit|flat)\\b\\.? ?#?\\d{1,5}" NO_MORE},
    {.type = PII_ADDRESS,
     .starts = START_WORD,
     .words = WORD_ADDRESS,
     .first = "ZzPp",
     .score = 0.8,
     .pattern =
         "(?i)(?:zip ?code|post ?code|postal code|plz)\\b(?: is| was|:){0,2}+ {0,2}\\K\\d{5}(?:-"
         "\\d{4})?" NO_MORE},
    {.type = PII_ADDRESS, /* Vak Bottyan utca 5. */
     .starts = START_WORD,
     .words = WORD_ADDRESS,
     .first = "u",
     .score = 0.85,
     .pattern = "(?<=[a-z\\x80-\\xBF] )utca \\d{1,4}\\b\\.?"},
    {.type = PII_ADDRESS, /* lives at 85 Trg revolucije 12 */
     .starts = START_WORD,
     .words = WORD_ADDRESS,
     .first = "AaLlOo",
     .score = 0.8,
     .pattern =
         "(?i:address(?:es)?|adresse|lives?|located|office)\\b(?:[ \\t]{0,4}(?:is|at|to|in|now|"
         "with|:)){1,3}\\s{1,4}\\K\\d{1,5}[A-Za-z]? (?:\\d{1,5} )?(?=[^ ]{3,40} [^ "
         "])" NUMBERED_NAMES NO_MORE},
    {.type = PII_ADDRESS, /* 56 Canelones 2266, Fahrdorf, SH 05775 */
     .starts = START_DIGIT,
     .longest = 5,
     .after = " ",
     .next = CAPITAL_FIRSTS "0123456789",
     .never_after = AFTER_NUMBER | AFTER_PRICE,
     .score = 0.8,
     .pattern = "\\d{1,5} (?:\\d{1,5} )?" NUMBERED_NAMES "(?=[,\\s]{1,4}" STREET_WORD
                "(?:[,\\s]{1,4}(?:" STREET_WORD
                "|of)){0,6}[,\\s]{1,4}(?:[A-Za-z]{2,3}[,\\s]{1,4})?\\d{4,6}\\b)"},
    {.type = PII_DATE_TIME,
     .starts = START_DIGIT,
     .longest = 4,
     .after = "-/.",
     .never_after = AFTER_NUMBER,
     .score = 0.7,
     .pattern = "(?:(?:19|20)\\d\\d([-/.])(?:0?[1-9]|1[0-2])\\1(?:[0-2]?\\d|3[01])|"
                "(?:[0-2]?\\d|3[01])([-/.])(?:[0-2]?\\d|3[01])\\2(?:(?:19|20)\\d\\d|\\d\\d))(?:[T "
                ",]{1,2}" TIME ")?(?![A-Za-z0-9]|[-./]\\d)"},
    {.type = PII_DATE_TIME,
     .starts = START_DIGIT,
     .longest = 2,
     .after = ":",
     .never_after = AFTER_POINT,
     .score = 0.7,
     .pattern = "" TIME "(?![A-Za-z0-9:])"},
    {.type = PII_DATE_TIME,
     .starts = START_DIGIT,
     .longest = 4,
     .after = " ",
     .next = "JFMASONDjfmasondp",
     .never_after = AFTER_POINT,
     .score = 0.7,
     .pattern = "(?i)(?:[0-3]?\\d(?:st|nd|rd|th)?(?: of)? " MONTH
                "(?:,? (?:19|20)\\d\\d)?\\b|[01]?\\d [ap]\\.?m\\b\\.?)" END},
    {.type = PII_DATE_TIME,
     .starts = START_MIXED,
     .longest = 4,
     .first = "01",
     .never_after = AFTER_POINT,
     .score = 0.7,
     .pattern = "(?i)[01]?\\d[ap]m" END},
    {.type = PII_DATE_TIME,
     .starts = START_WORD,
     .words = WORD_MONTH,
     .score = 0.7,
     .pattern = "(?i)" MONTH " (?:[0-3]?\\d(?:st|nd|rd|th)?(?:,? (?:19|20)\\d\\d)?|(?:19|20)\\d\\d)"
                "(?![A-Za-z0-9])"},
};

const size_t pii_rule_count = sizeof pii_rules / sizeof *pii_rules;
