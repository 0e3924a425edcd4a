#include "pii/words.h"
#include "infer/names/name_tagger.h"

#include <pthread.h>
#include <string.h>

enum {
    SLOTS = 1024 /* a power of two, several times the words */
};

static const struct row {
    uint32_t meanings;
    const char *words;
} rows[] = {
    {WORD_PHONE,
     "phone phones telephone tel mobile cell cellphone call called calling text fax "
     "whatsapp dial contact reach telefon handy telefono tfno numero sms answering answer messages "
     "office desk landline direct telefone telefoonnummer telefonnummer handynummer rufnummer "
     "celular "
     "cellulare movil portable"},
    {WORD_CARD, "card cards credit debit visa mastercard amex discover maestro cc"},
    {WORD_CVV, "cvv cvc cvv2 cvc2 cid csc security verification"},
    {WORD_EXPIRY, "exp expiry expires expiration expiring valid thru"},
    {WORD_SSN, "ssn social ssns ss"},
    {WORD_TAX, "itin tin tax taxpayer utr unique"},
    {WORD_ACCOUNT, "account accounts acct bank banking checking savings konto kontonummer"},
    {WORD_ROUTING, "routing aba rtn transit"},
    {WORD_SWIFT, "swift bic iban wire transfer bank"},
    {WORD_PASSWORD, "password passwd passwort passcode passphrase pwd pass contrasena"},
    {WORD_PIN, "pin pincode"},
    {WORD_USERNAME, "username user userid login screenname handle nickname benutzername"},
    {WORD_PASSPORT, "passport passports reisepass pasaporte passeport"},
    {WORD_DRIVER, "driver drivers driving dl license licence"},
    {WORD_PLATE, "plate plates registration reg vehicle license licence tag"},
    {WORD_NHS, "nhs patient"},
    {WORD_SIN, "sin insurance"},
    {WORD_HEALTH, "health ohip phn medicare healthcard"},
    {WORD_AADHAAR, "aadhaar aadhar adhaar uid uidai"},
    {WORD_VOTER, "voter epic election electoral"},
    {WORD_SECRET, "secret aws secretkey"},
    {WORD_NAME, "name names dear"},
    {WORD_TITLE, "mr mrs ms miss dr prof"},
    {WORD_FAREWELL, "regards sincerely cheers thanks truly wishes greetings yours gratefully danke "
                    "gracias merci grazie obrigado saludos bedankt gruss cordialement"},
    {WORD_MONTH, "january february march april may june july august september october november "
                 "december jan feb mar apr jun jul aug sep sept oct nov dec"},
    {WORD_AGE, "age aged"},
    {WORD_AT, "at"},
    {WORD_DOT, "dot"},
    {WORD_WEB, "www"},
    {WORD_NOT_PERSONAL,
     "order orders invoice invoices tracking ticket tickets ref reference sku serial build commit "
     "version versions release model item case bug issue error code hash guid uuid transaction "
     "shipment parcel part product batch lot isbn upc ean barcode firmware kernel revision "
     "bestellung rechnung receipt booking confirmation id v ver section chapter clause paragraph "
     "article figure table step kapitel abschnitt"},
    {WORD_ADDRESS, "calle avenida avda plaza paseo via viale piazza corso largo rua box "
                   "ul ulica travessa estrada praca utca apt apartment suite ste unit flat psc cmr "
                   "uss usns usnv uscgc address addresses lives live located office adresse "
                   "zip zipcode postcode postal plz"},
    {WORD_NAME_CUE, name_cue_words},
};

struct slot {
    char word[WORD_LONGEST + 1];
    unsigned char length;
    uint32_t meanings;
};

static struct slot slots[SLOTS];
uint64_t word_bloom[WORD_BLOOM_BITS / 64];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static bool is_word(const struct slot *slot, str word)
{
    if (slot->length != word.length)
        return false;
    for (size_t i = 0; i < word.length; i++)
        if ((word.bytes[i] | 0x20) != (slot->word[i] | 0x20))
            return false;
    return true;
}

static struct slot *find_slot(str word)
{
    uint32_t at = word_hash(word.bytes, word.length);
    while (slots[at % SLOTS].length > 0 && !is_word(&slots[at % SLOTS], word))
        at++;
    return &slots[at % SLOTS];
}

static void put_word(str word, uint32_t meanings)
{
    struct slot *slot = find_slot(word);
    memcpy(slot->word, word.bytes, word.length);
    slot->length = (unsigned char)word.length;
    slot->meanings |= meanings;
    uint32_t bit = word_hash(word.bytes, word.length) % WORD_BLOOM_BITS;
    word_bloom[bit / 64] |= UINT64_C(1) << bit % 64;
}

static void fill_table(void)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (str word, rest = str_from_z(rows[i].words); rest.length > 0;) {
            str_cut(rest, ' ', &word, &rest);
            put_word(word, rows[i].meanings);
        }
}

void word_meanings_open(void)
{
    pthread_once(&once, fill_table);
}

uint32_t word_meanings_found(str word)
{
    return find_slot(word)->meanings;
}
