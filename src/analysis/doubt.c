#include "analysis/doubt.h"

#include "analysis/analyst.h"
#include "base/utf8.h"
#include "infer/classifier.h"

enum {
    PART = 60, /* code points: a short sentence */
    STEP = 30
};

/* The byte so many code points on. */
static size_t skip(str text, size_t at, int count)
{
    while (count-- > 0 && at < text.length)
        (void)utf8_next(text, &at);
    return at;
}

/* To the beginning of the next word, where there are any before `limit`. */
static size_t next_word(str text, size_t at, size_t limit)
{
    for (size_t next = at; next > 0 && next < limit; next++)
        if (text.bytes[next - 1] == ' ')
            return next;
    return at;
}

double doubt_anger(const struct analyst *analyst, str text)
{
    double most = 0;
    size_t end = 0;
    for (size_t at = 0; end < text.length; at = skip(text, at, STEP)) {
        end = skip(text, at, PART);
        size_t from = next_word(text, at, end), to = next_word(text, end, text.length);
        if (to > skip(text, end, STEP))
            to = end; /* a script without blanks */
        struct prediction prediction;
        analyst_predict(analyst, 0, str_slice(text, from, to), &prediction);
        double anger = (double)prediction.sentiment[SENTIMENT_NEGATIVE];
        most = anger > most ? anger : most;
    }
    return most;
}
