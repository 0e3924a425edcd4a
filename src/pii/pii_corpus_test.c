/* Recall and precision on texts made by rule from a fixed seed. */
#include "base/test.h"
#include "infer/names/name_tagger.h"
#include "pii/checks.h"
#include "pii/pii.h"

#include <string.h>

enum {
    EACH = 150, /* positives of each kind */
    NEGATIVES = 8000,
    ITEM_SIZE = 128,
    TEXT_SIZE = 512
};

static struct arena arena;
static struct pii_finder *finder;
static uint32_t random_state = 20261120;

static unsigned pick(unsigned count)
{
    random_state = random_state * 1664525 + 1013904223; /* Numerical Recipes */
    return count > 1 ? (random_state >> 8) % count : 0;
}

/* Fills a shape: '#' a digit, '^' one but 0, '!' a capital, '*' a small letter, '&' a hexadecimal
 * digit; what follows a '\', and all else, itself. */
static void fill(char *out, const char *shape)
{
    static const char hex[] = "0123456789abcdef";
    for (; *shape != '\0'; shape++) {
        switch (*shape) {
        case '#':
            *out++ = (char)('0' + pick(10));
            break;
        case '^':
            *out++ = (char)('1' + pick(9));
            break;
        case '!':
            *out++ = (char)('A' + pick(26));
            break;
        case '*':
            *out++ = (char)('a' + pick(26));
            break;
        case '&':
            *out++ = hex[pick(16)];
            break;
        case '\\':
            shape++;
            *out++ = *shape;
            break;
        default:
            *out++ = *shape;
        }
    }
    *out = '\0';
}

struct kind {
    enum pii_type type;
    const char *shapes[6];
    check_function *check; /* shapes are filled again until it holds */
    const char *frames[6]; /* "%s" is the item */
};

#define ANYWHERE                                                                                   \
    {                                                                                              \
        "%s", "please use %s from now on", "I sent you (%s) twice already!", "it says: %s.",       \
            "Great app but my data %s was shown to everyone, fix it"                               \
    }

static const struct kind kinds[] = {
    {PII_EMAIL,
     {"****.*****@******.com", "**##@***-***.co.uk", "*_*+***@****.io", "!***@*****.org",
      "***** at ****** dot com", "**** [at] ***** [dot] net"},
     NULL,
     ANYWHERE},
    {PII_PHONE,
     {"5^5-###-####", "(4##) 5##-####", "+44 20 7### ####", "+1 3##.5##.####", "07### ####^^",
      "+49 17# #####^^"},
     check_phone,
     ANYWHERE},
    {PII_PHONE,
     {"5########^", "^## ####", "6## ### ##^", "^##-####", "^#########^", "(##) ###-##^"},
     check_plain_phone,
     {"my phone is %s", "call me at %s please", "tel: %s", "You can text %s.",
      "Phone number %s is mine"}},
    {PII_CREDIT_DEBIT_NUMBER,
     {"4###############", "4### #### #### ####", "5^##-####-####-####", "37## ###### #####",
      "6011############", "4 # # # # # # # # # # # # # # #"},
     check_card,
     {"%s", "my card %s was charged twice", "card no: %s.", "paid with %s on Monday", "(%s)"}},
    {PII_CREDIT_DEBIT_CVV,
     {"###", "####"},
     NULL,
     {"cvv %s", "the CVC is %s", "security code: %s", "CVV2=%s,"}},
    {PII_CREDIT_DEBIT_EXPIRY,
     {"0^/2#", "12/3#", "0^/202#", "11-2#"},
     NULL,
     {"exp %s", "expires %s", "valid thru %s", "Expiry date: %s.", "expiration date is %s"}},
    {PII_SSN, {"1##-1#-###^", "5##-^^-^###", "2## ^^ ^###"}, NULL, ANYWHERE},
    {PII_SSN,
     {"1##1#^#^#", "5##^^^###"},
     NULL,
     {"SSN %s", "my social security number is %s", "ssn: %s."}},
    {PII_US_INDIVIDUAL_TAX_IDENTIFICATION_NUMBER,
     {"9##-7#-####", "9## 70 ####", "9##-94-####"},
     NULL,
     ANYWHERE},
    {PII_IP_ADDRESS,
     {"1^#.1##.2#.^^", "10.^.^^.1^^", "2001:&&&&:&&&&:&&&&:&&&&:&&&&:&&&&:&&&&",
      "fe80::&&&&:&&&&:&&&&:&&&^", "^.^.^.^", "2001:db8::&&&&:&&&&"},
     NULL,
     {"%s", "blocked from %s again", "my address is %s,", "(%s)", "host %s does not answer"}},
    {PII_MAC_ADDRESS,
     {"&&:&&:&&:&&:&&:&&", "&&-&&-&&-&&-&&-&&", "0B:#C:##:##:##:##"},
     NULL,
     {"%s", "router %s is offline", "my device (%s) fails", "mac=%s."}},
    {PII_INTERNATIONAL_BANK_ACCOUNT_NUMBER,
     {"DE## #### #### #### #### ##", "GB##!!!!##############", "FR#########################",
      "NL## !!!! #### #### ##", "ES######################", "NO## #### #### ###"},
     check_iban,
     ANYWHERE},
    {PII_SWIFT_CODE,
     {"!!!!DE##", "!!!!GB2!", "!!!!US##!!!"},
     NULL,
     {"BIC %s", "swift code: %s", "IBAN and SWIFT %s", "wire it to %s."}},
    {PII_BANK_ROUTING,
     {"02#######", "12#######", "31#######"},
     check_bank_routing,
     {"routing number %s", "ABA %s", "my routing no. is %s.", "RTN: %s"}},
    {PII_BANK_ACCOUNT_NUMBER,
     {"^#######", "^###########", "^#### #####"},
     NULL,
     {"account number %s", "acct # %s", "my bank account is %s.", "Account no: %s"}},
    {PII_AWS_ACCESS_KEY, {"AKIA!#!!#!!!!#!!!#!!", "ASIA!!!!!!!!!!!!!!!!"}, NULL, ANYWHERE},
    {PII_AWS_SECRET_KEY,
     {"*!*#!*!#*!/*!*#!*!#*!*!*#!*!#*!+*!*#!*!#"},
     check_secret,
     {"aws_secret_access_key=%s", "secret key: %s", "AWS secret %s"}},
    {PII_PASSWORD,
     {"*****##", "!***\\!***", "*@**#**", "**!!**1"},
     NULL,
     {"password: %s", "my password is %s", "pwd=%s", "Passcode: %s, please"}},
    {PII_PIN, {"####", "######"}, NULL, {"my PIN is %s", "pin: %s", "PIN code %s."}},
    {PII_USERNAME,
     {"****_***", "****##", "@***.***"},
     NULL,
     {"username: %s", "my user name is %s", "login = %s"}},
    {PII_URL,
     {"https://*****.com/***?*=#", "http://****.org", "www.*****.net/***"},
     NULL,
     ANYWHERE},
    {PII_DATE_TIME,
     {"201#-0^-1#", "1#/0^/202#", "May 1#, 202#", "1# March 201#", "1#:3#", "1^.12.201#"},
     NULL,
     {"%s", "since %s it fails", "it broke (%s)", "on %s.", "updated %s but"}},
    {PII_AGE,
     {"4# years old", "3^ year old", "2# y/o"},
     NULL,
     {"I am %s", "a %s man", "she is %s."}},
    {PII_VEHICLE_IDENTIFICATION_NUMBER,
     {"1HGCM#####!######", "WBA#####&!#######"},
     check_vin,
     ANYWHERE},
    {PII_PASSPORT_NUMBER,
     {"!^^^^^^^", "^########", "!!#######"},
     NULL,
     {"passport %s", "my passport number is %s", "Passport no: %s."}},
    {PII_DRIVER_ID,
     {"!#######", "!#######!!", "!##-###-###-###"},
     NULL,
     {"driver's license %s", "driving licence number %s", "my drivers license is %s."}},
    {PII_LICENSE_PLATE,
     {"!!!-####", "!! ## !!!", "#!!!###"},
     NULL,
     {"license plate %s", "plate number: %s", "number plate is %s."}},
    {PII_UK_NATIONAL_HEALTH_SERVICE_NUMBER,
     {"9## ### ####", "4##-###-####", "9#########"},
     check_nhs,
     {"NHS number %s", "my nhs no is %s", "patient %s"}},
    {PII_UK_NATIONAL_INSURANCE_NUMBER, {"AB######C", "JG ## ## ## B", "SX######B"}, NULL, ANYWHERE},
    {PII_UK_UNIQUE_TAXPAYER_REFERENCE_NUMBER,
     {"##########", "##### #####"},
     NULL,
     {"UTR %s", "my UTR is %s.", "unique taxpayer reference: %s"}},
    {PII_CA_SOCIAL_INSURANCE_NUMBER,
     {"1##-###-###", "5## ### ###", "^########"},
     check_luhn,
     {"SIN %s", "my social insurance number is %s", "sin: %s."}},
    {PII_CA_HEALTH_NUMBER,
     {"####-###-###-!!", "#### ### ###", "##########"},
     NULL,
     {"health card %s", "OHIP number: %s", "my health card number is %s."}},
    {PII_IN_AADHAAR,
     {"2### #### ####", "7###-####-####"},
     check_aadhaar,
     {"aadhaar %s", "my card %s", "%s is mine", "Aadhar no: %s."}},
    {PII_IN_PERMANENT_ACCOUNT_NUMBER, {"!!!P!####!", "!!!C!####!"}, NULL, ANYWHERE},
    {PII_IN_VOTER_NUMBER,
     {"!!!#######"},
     NULL,
     {"voter id %s", "EPIC: %s", "my election card is %s."}},
    {PII_IN_NREGA, {"!!-##-###-###-###/###"}, NULL, ANYWHERE},
    {PII_ADDRESS,
     {"1## Main Street", "^# Oak Hill Road", "^### W. 4th Ave", "^^ Elm St, Apt ^!",
      "1# rue de la Paix"},
     NULL,
     {"%s", "I live at %s", "send it to %s, please", "my house (%s)"}},
    {PII_NAME,
     {"!***** !******", "!*** !. !****"},
     NULL,
     {"my name is %s.", "%s (a@b.io) said", "It broke.\nRegards,\n%s", "Dear Mr. %s,"}},
};

static unsigned count_of(const char *const *list, unsigned room)
{
    unsigned count = 0;
    while (count < room && list[count] != NULL)
        count++;
    return count;
}

static bool is_filler(const struct kind *kind, const char *item)
{
    str text = str_from_z(item);
    bool is_nanp_toll = kind->type == PII_SSN && strncmp(item, "666", 3) == 0;
    return !is_nanp_toll && (kind->check == NULL || kind->check(text) == text.length);
}

static void make_item(const struct kind *kind, char *item)
{
    const char *shape = kind->shapes[pick(count_of(kind->shapes, 6))];
    do
        fill(item, shape);
    while (!is_filler(kind, item));
}

static void put_in_frame(char *text, const char *frame, const char *item)
{
    const char *hole = strstr(frame, "%s");
    snprintf(text, TEXT_SIZE, "%.*s%s%s", (int)(hole - frame), frame, item, hole + 2);
}

/* Found: a span of the type covers the item wholly. */
static bool finds_item(const struct kind *kind, str text, const char *item, size_t *wrong)
{
    bool is_found = false;
    struct pii_spans spans = pii_find(finder, &arena, text);
    size_t begin = str_find_str(text, str_from_z(item)), end = begin + strlen(item);
    for (size_t i = 0; i < spans.count; i++) {
        const struct pii_span *span = &spans.items[i];
        bool covers = span->begin <= begin && span->end >= end;
        is_found = is_found || (covers && span->type == kind->type);
        bool is_beside = span->end <= begin || span->begin >= end;
        *wrong += is_beside && span->type != PII_EMAIL && span->type != PII_DATE_TIME;
    }
    return is_found;
}

static void finds_what_is_there(void)
{
    size_t missed = 0, wrong = 0, total = 0;
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        const struct kind *kind = &kinds[k];
        for (unsigned i = 0; i < EACH; i++, total++) {
            char item[ITEM_SIZE], text[TEXT_SIZE];
            const char *frame = kind->frames[pick(count_of(kind->frames, 6))];
            make_item(kind, item);
            put_in_frame(text, frame, item);
            if (!finds_item(kind, str_from_z(text), item, &wrong)) {
                missed++;
                fprintf(stderr, "missed %s in '%s'\n", pii_type_names[kind->type], text);
            }
            arena_reset(&arena);
        }
    }
    printf("recall %.4f, beside the mark %zu of %zu\n", 1 - (double)missed / (double)total, wrong,
           total);
    EXPECT(total >= 2000 && missed * 1000 <= total * 5);
    EXPECT(wrong * 100 <= total);
}

static void leaves_what_is_not(void)
{
    static const char *const shapes[] = {
        "&&&&&&&&-&&&&-4&&&-&&&&-&&&&&&&&&&&&",
        "&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&",
        "&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&",
        "v^.##.#",
        "^.#.#",
        "v#.##.####.#",
        "$^,###.##",
        "$##.##",
        "^#.## EUR",
        "^^,## %",
        "^##,###,###",
        "order ^#######",
        "order number ^#########",
        "invoice INV-20##-#####",
        "ticket \\#^#####",
        "20##-0^-1#",
        "1#/0^/20##",
        "0^.1^.20## 1#:3#",
        "1#:3#:3#",
        "!!!!!!!!!!!!",
        "!!!!!!!!",
        "!!! !!!!! !!!!",
        "!!!-###",
        "SKU-#####-!!",
        "version ^.#.#.##",
        "0&&&&&&&&",
        "ISBN 978-^-##-######-#",
        "^### & 1### px",
        "^.##e10",
        "^^# GB",
        "build 20##0^1#.#",
        "commit &&&&&&&",
        "ref: !!#####",
        "## of ###",
        "tracking 1Z###!!###########",
        "error -####",
        "page ^#/###",
        "item\\########",
        "lot !!####",
        "^#-^# score",
        "iPhone 1^ Pro",
        "Windows 1^.#",
        "###p",
        "10.##.##",
    };
    static const char *const frames[] = {
        "%s",
        "it shows %s all day",
        "(%s)",
        "since the update %s is wrong.",
        "I saw \"%s\" twice",
        "The screen said %s, then it closed",
    };
    size_t hit = 0;
    for (unsigned i = 0; i < NEGATIVES; i++) {
        char item[ITEM_SIZE], text[TEXT_SIZE];
        fill(item, shapes[pick(sizeof shapes / sizeof *shapes)]);
        put_in_frame(text, frames[pick(sizeof frames / sizeof *frames)], item);
        str given = str_from_z(text);
        str redacted = pii_redact(&arena, given, pii_find(finder, &arena, given));
        if (!str_equal(given, redacted)) {
            hit++;
            fprintf(stderr, "wrongly '" STR_FORMAT "' for '%s'\n", STR_ARG(redacted), text);
        }
        arena_reset(&arena);
    }
    printf("hard negatives hit %zu of %d\n", hit, NEGATIVES);
    EXPECT(hit * 1000 <= (size_t)NEGATIVES * 5);
}

int main(void)
{
    struct error err;
    struct name_tagger *tagger = NULL;
    EXPECT(pii_open(&finder, &err) == STATUS_OK);
    EXPECT(name_tagger_open(&tagger, "models/hark-names.bin", &err) == STATUS_OK);
    RUN(finds_what_is_there);
    pii_use_names(finder, tagger);
    RUN(finds_what_is_there);
    RUN(leaves_what_is_not);
    pii_close(finder);
    name_tagger_close(tagger);
    arena_reset(&arena);
    return 0;
}
