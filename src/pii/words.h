/* words.h - the words that say what a number next to them is, and what it is not.
 *
 * Matched whole and without case. A word may mean several things; a rule asks for meanings. */
#pragma once

#include "base/str.h"

enum word_meaning {
    WORD_PHONE = 1 << 0,
    WORD_CARD = 1 << 1,
    WORD_CVV = 1 << 2,
    WORD_EXPIRY = 1 << 3,
    WORD_SSN = 1 << 4,
    WORD_TAX = 1 << 5,
    WORD_ACCOUNT = 1 << 6,
    WORD_ROUTING = 1 << 7,
    WORD_SWIFT = 1 << 8,
    WORD_PASSWORD = 1 << 9,
    WORD_PIN = 1 << 10,
    WORD_USERNAME = 1 << 11,
    WORD_PASSPORT = 1 << 12,
    WORD_DRIVER = 1 << 13,
    WORD_PLATE = 1 << 14,
    WORD_NHS = 1 << 15,
    WORD_SIN = 1 << 16,
    WORD_HEALTH = 1 << 17,
    WORD_AADHAAR = 1 << 18,
    WORD_VOTER = 1 << 19,
    WORD_SECRET = 1 << 20,
    WORD_NAME = 1 << 21,
    WORD_TITLE = 1 << 22,
    WORD_FAREWELL = 1 << 23,
    WORD_MONTH = 1 << 24,
    WORD_AGE = 1 << 25,
    WORD_AT = 1 << 26,
    WORD_DOT = 1 << 27,
    WORD_WEB = 1 << 28,
    WORD_NOT_PERSONAL = 1 << 29, /* order, version, price, ... */
    WORD_ADDRESS = 1 << 30
};

/* A name in small letters may follow: see infer/names/name_tagger.h. (The last bit is no int.) */
#define WORD_NAME_CUE (UINT32_C(1) << 31)

void word_meanings_open(void);    /* before the first of the calls below; any thread */
uint32_t word_meanings(str word); /* any case; 0: it means nothing to us */
