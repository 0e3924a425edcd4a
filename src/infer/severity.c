#include "infer/severity.h"

#include "model/labels.h"

enum {
    LOOKED_AT = 400, /* bytes; who writes more says what matters first */
    NO_CUE = SEVERITY_COUNT
};

struct cue {
    const char *phrase;
    enum severity severity;
};

/* In order of gravity: the first that is found decides. A phrase matches whole words; one that ends
 * in '*' matches the start of a word. */
static const struct cue cues[] = {
    {"lost all my", SEVERITY_CRITICAL},
    {"lost all the", SEVERITY_CRITICAL},
    {"lost everything", SEVERITY_CRITICAL},
    {"data loss", SEVERITY_CRITICAL},
    {"deleted all my", SEVERITY_CRITICAL},
    {"deleted my", SEVERITY_CRITICAL},
    {"erased my", SEVERITY_CRITICAL},
    {"erased all", SEVERITY_CRITICAL},
    {"wiped", SEVERITY_CRITICAL},
    {"all my data is gone", SEVERITY_CRITICAL},
    {"all my photos are gone", SEVERITY_CRITICAL},
    {"hacked", SEVERITY_CRITICAL},
    {"data breach", SEVERITY_CRITICAL},
    {"stolen", SEVERITY_CRITICAL},
    {"identity theft", SEVERITY_CRITICAL},
    {"fraud*", SEVERITY_CRITICAL},
    {"vulnerability", SEVERITY_CRITICAL},
    {"security hole", SEVERITY_CRITICAL},
    {"someone else's", SEVERITY_CRITICAL},
    {"compromised", SEVERITY_CRITICAL},
    {"unauthori*", SEVERITY_CRITICAL},
    {"charged twice", SEVERITY_CRITICAL},
    {"double charged", SEVERITY_CRITICAL},
    {"charged me twice", SEVERITY_CRITICAL},
    {"payment failed", SEVERITY_CRITICAL},
    {"payments are failing", SEVERITY_CRITICAL},
    {"took my money", SEVERITY_CRITICAL},
    {"stole my money", SEVERITY_CRITICAL},
    {"outage", SEVERITY_CRITICAL},
    {"server is down", SEVERITY_CRITICAL},
    {"servers are down", SEVERITY_CRITICAL},
    {"site is down", SEVERITY_CRITICAL},
    {"malware", SEVERITY_CRITICAL},
    {"virus", SEVERITY_CRITICAL},
    {"lawyer", SEVERITY_CRITICAL},
    {"lawsuit", SEVERITY_CRITICAL},
    {"crash*", SEVERITY_HIGH},
    {"force close*", SEVERITY_HIGH},
    {"won't open", SEVERITY_HIGH},
    {"wont open", SEVERITY_HIGH},
    {"doesn't open", SEVERITY_HIGH},
    {"not opening", SEVERITY_HIGH},
    {"can't open", SEVERITY_HIGH},
    {"can't log", SEVERITY_HIGH},
    {"cant log", SEVERITY_HIGH},
    {"cannot log", SEVERITY_HIGH},
    {"can't login", SEVERITY_HIGH},
    {"can't sign in", SEVERITY_HIGH},
    {"locked out", SEVERITY_HIGH},
    {"unable to", SEVERITY_HIGH},
    {"won't let me", SEVERITY_HIGH},
    {"wont let me", SEVERITY_HIGH},
    {"not working", SEVERITY_HIGH},
    {"stopped working", SEVERITY_HIGH},
    {"stops working", SEVERITY_HIGH},
    {"doesn't work", SEVERITY_HIGH},
    {"doesnt work", SEVERITY_HIGH},
    {"does not work", SEVERITY_HIGH},
    {"didn't work", SEVERITY_HIGH},
    {"won't load", SEVERITY_HIGH},
    {"won't install", SEVERITY_HIGH},
    {"broken", SEVERITY_HIGH},
    {"useless", SEVERITY_HIGH},
    {"unusable", SEVERITY_HIGH},
    {"refund", SEVERITY_HIGH},
    {"money back", SEVERITY_HIGH},
    {"cancelled my", SEVERITY_HIGH},
    {"cancel my", SEVERITY_HIGH},
    {"cancelling", SEVERITY_HIGH},
    {"switching to", SEVERITY_HIGH},
    {"uninstall*", SEVERITY_HIGH},
    {"black screen", SEVERITY_HIGH},
    {"slow", SEVERITY_MEDIUM},
    {"lag*", SEVERITY_MEDIUM},
    {"glitch*", SEVERITY_MEDIUM},
    {"freez*", SEVERITY_MEDIUM},
    {"annoying", SEVERITY_MEDIUM},
    {"confusing", SEVERITY_MEDIUM},
    {"sometimes", SEVERITY_MEDIUM},
    {"drain*", SEVERITY_MEDIUM},
    {"buggy", SEVERITY_MEDIUM},
    {"bug", SEVERITY_MEDIUM},
    {"bugs", SEVERITY_MEDIUM},
    {"too many ads", SEVERITY_MEDIUM},
    {"expensive", SEVERITY_MEDIUM},
    {"hard to", SEVERITY_MEDIUM},
    {"difficult", SEVERITY_MEDIUM},
    {"keeps", SEVERITY_MEDIUM},
    {"issue", SEVERITY_MEDIUM},
    {"issues", SEVERITY_MEDIUM},
    {"problem", SEVERITY_MEDIUM},
    {"frustrating", SEVERITY_MEDIUM},
    {"disappointed", SEVERITY_MEDIUM},
    {"no longer", SEVERITY_MEDIUM},
};

static char lower(char byte)
{
    return byte >= 'A' && byte <= 'Z' ? (char)(byte | 32) : byte;
}

static bool is_word_byte(char byte)
{
    return (lower(byte) >= 'a' && lower(byte) <= 'z') || byte == '\'';
}

static bool matches_at(str text, size_t at, const char *phrase)
{
    size_t i = 0;
    for (; phrase[i] != 0 && phrase[i] != '*'; i++)
        if (at + i >= text.length || lower(text.bytes[at + i]) != phrase[i])
            return false;
    return phrase[i] == '*' || at + i >= text.length || !is_word_byte(text.bytes[at + i]);
}

static bool contains(str text, const char *phrase)
{
    for (size_t at = 0; at < text.length; at++)
        if ((at == 0 || !is_word_byte(text.bytes[at - 1])) && matches_at(text, at, phrase))
            return true;
    return false;
}

static int gravest_cue(str text)
{
    for (size_t i = 0; i < sizeof cues / sizeof *cues; i++)
        if (contains(text, cues[i].phrase))
            return (int)cues[i].severity;
    return NO_CUE;
}

int8_t severity_guess(str text, int sentiment, int topic)
{
    int cue = gravest_cue(str_slice(text, 0, LOOKED_AT));
    if (sentiment == SENTIMENT_POSITIVE || topic == TOPIC_GENERAL)
        return cue == NO_CUE ? SEVERITY_LOW : LABEL_NONE;
    if (cue != NO_CUE)
        return (int8_t)cue;
    if (topic == TOPIC_FEATURE_REQUEST || sentiment == SENTIMENT_NEUTRAL)
        return SEVERITY_LOW;
    if (topic == TOPIC_BUG)
        return SEVERITY_HIGH;
    if (sentiment == SENTIMENT_NEGATIVE || topic == TOPIC_PERFORMANCE)
        return SEVERITY_MEDIUM;
    return LABEL_NONE;
}
