#include "llm/llm_prices.h"

#include "base/heap.h"
#include "llm/llm.h"
#include "llm/llm_table.h"

#include <stdlib.h>

enum {
    MOST_PRICES = 10000,
    MILLI = 1000, /* prices and factors have three digits after the point */
};

#define MOST_MILLI (INT64_C(1000000) * MILLI)

/* Tokens times prices times factors are too wide for 64 bits. */
__extension__ typedef __int128 wide;

struct price {
    str provider, model;
    int64_t input, cache_read, cache_write, output; /* nano-dollars a token */
    int64_t over; /* tokens of the prompt past which the factors count; 0: never */
    int64_t input_factor, output_factor; /* in thousandths */
};

struct llm_prices {
    struct arena arena;
    struct price *items;
    size_t count;
};

extern const char llm_prices_text[], llm_prices_text_end[];

/* --- reading --- */

/* "2.50" is 2500. False: it is not a number from 0 to a million, or has more than three digits
 * after the point. */
static bool read_milli(str word, int64_t *milli)
{
    str whole, part;
    int64_t units = 0, thousandths = 0, scale = 100;
    bool has_point = str_cut(word, '.', &whole, &part);
    if (!has_point)
        part = (str){0};
    if (whole.length == 0 || whole.length > 7 || part.length > 3 || (has_point && part.length == 0))
        return false;
    for (size_t i = 0; i < whole.length; i++) {
        if (whole.bytes[i] < '0' || whole.bytes[i] > '9')
            return false;
        units = units * 10 + (whole.bytes[i] - '0');
    }
    for (size_t i = 0; i < part.length; i++, scale /= 10) {
        if (part.bytes[i] < '0' || part.bytes[i] > '9')
            return false;
        thousandths += (part.bytes[i] - '0') * scale;
    }
    *milli = units * MILLI + thousandths;
    return *milli <= MOST_MILLI;
}

/* A dollar a million tokens is 1000 nano-dollars a token: the thousandths are the nano-dollars. */
static enum status read_prices(const struct llm_table *table, const str *words, struct price *price,
                               struct error *err)
{
    int64_t *const columns[] = {&price->input, &price->cache_read, &price->cache_write,
                                &price->output};
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++)
        if (i > 0 && str_equal_z(words[i], "-"))
            *columns[i] = price->input;
        else if (!read_milli(words[i], columns[i]))
            return llm_table_refuse(table, words[i],
                                    "is no price: US dollars a million tokens, with at most three "
                                    "digits after the point",
                                    err);
    return STATUS_OK;
}

static bool read_factor(str word, const char *prefix, int64_t *factor)
{
    str start = str_from_z(prefix);
    return str_starts_with(word, start) &&
           read_milli(str_slice(word, start.length, word.length), factor) && *factor > 0;
}

static enum status read_band(const struct llm_table *table, const str *words, struct price *price,
                             struct error *err)
{
    if (!str_equal_z(words[0], "over"))
        return llm_table_refuse(table, words[0],
                                "is not understood: 'over TOKENS input*FACTOR output*FACTOR'", err);
    if (!str_to_integer(words[1], &price->over) || price->over < 1)
        return llm_table_refuse(table, words[1], "is no number of tokens", err);
    if (!read_factor(words[2], "input*", &price->input_factor))
        return llm_table_refuse(table, words[2], "is not 'input*FACTOR'", err);
    if (!read_factor(words[3], "output*", &price->output_factor))
        return llm_table_refuse(table, words[3], "is not 'output*FACTOR'", err);
    return STATUS_OK;
}

static bool is_there(const struct llm_prices *prices, str provider, str model)
{
    for (size_t i = 0; i < prices->count; i++)
        if (str_equal(prices->items[i].provider, provider) &&
            str_equal(prices->items[i].model, model))
            return true;
    return false;
}

static enum status read_line(struct llm_prices *prices, const struct llm_table *table,
                             struct error *err)
{
    const str *words = table->words;
    if (table->count != 6 && table->count != LLM_TABLE_WORDS)
        return llm_table_refuse(
            table, table->whole,
            "does not read as 'provider model input cache_read cache_write output', with "
            "'over TOKENS input*FACTOR output*FACTOR' or nothing behind it",
            err);
    if (is_there(prices, words[0], words[1]))
        return llm_table_refuse(table, words[1], "has a price already", err);
    if (prices->count == MOST_PRICES)
        return llm_table_refuse(table, words[1], "is one price too many", err);
    struct price price = {.provider = words[0], .model = words[1]};
    enum status status = read_prices(table, words + 2, &price, err);
    if (status == STATUS_OK && table->count == LLM_TABLE_WORDS)
        status = read_band(table, words + 6, &price, err);
    if (status == STATUS_OK)
        prices->items[prices->count++] = price;
    return status;
}

static enum status read_table(struct llm_prices *prices, struct llm_table *table, struct error *err)
{
    size_t lines = llm_table_lines(table);
    enum status status = STATUS_OK;
    prices->items =
        arena_array(&prices->arena, struct price, lines < MOST_PRICES ? lines : MOST_PRICES);
    while (status == STATUS_OK && llm_table_next(table))
        status = read_line(prices, table, err);
    return status;
}

enum status llm_prices_open(struct llm_prices **prices, const char *path, struct error *err)
{
    struct llm_prices *made = heap_new(struct llm_prices);
    struct llm_table table;
    enum status status = STATUS_OK;
    llm_table_of_text(&table, "prices/models.txt",
                      (str){llm_prices_text, (size_t)(llm_prices_text_end - llm_prices_text)});
    if (path != NULL)
        status = llm_table_open(&table, &made->arena, path, "prices", err);
    if (status == STATUS_OK)
        status = read_table(made, &table, err);
    if (status != STATUS_OK) {
        llm_prices_close(made);
        return status;
    }
    *prices = made;
    return STATUS_OK;
}

void llm_prices_close(struct llm_prices *prices)
{
    if (prices == NULL)
        return;
    arena_reset(&prices->arena);
    free(prices);
}

/* --- looking up --- */

/* "gpt-6-luna-2026-09-22" is a "gpt-6-luna"; "gpt-5-mini" is no "gpt-5". */
static bool is_dated(str model, str row)
{
    str rest = str_slice(model, row.length, model.length);
    if (!str_starts_with(model, row) || rest.length < sizeof "-20260101" - 1 ||
        rest.bytes[0] != '-')
        return false;
    for (size_t i = 0; i < rest.length; i++)
        if (rest.bytes[i] != '-' && (rest.bytes[i] < '0' || rest.bytes[i] > '9'))
            return false;
    return true;
}

static int fit(const struct price *price, str model)
{
    return str_equal(price->model, model)   ? 3
           : is_dated(model, price->model)  ? 2
           : str_equal_z(price->model, "*") ? 1
                                            : 0;
}

static const struct price *find_price(const struct llm_prices *prices, str provider, str model)
{
    const struct price *best = NULL;
    int best_fit = 0;
    for (size_t i = 0; i < prices->count; i++) {
        const struct price *price = &prices->items[i];
        if (str_equal(price->provider, provider) && fit(price, model) > best_fit) {
            best = price;
            best_fit = fit(price, model);
        }
    }
    return best;
}

int64_t llm_cost(const struct llm_prices *prices, const char *provider, const char *model,
                 const struct llm_usage *usage)
{
    const struct price *price = find_price(prices, str_from_z(provider), str_from_z(model));
    if (price == NULL || !usage->is_known)
        return LLM_COST_UNKNOWN;
    bool is_long =
        price->over > 0 && usage->input + usage->cache_read + usage->cache_write > price->over;
    wide input = (wide)usage->input * price->input + (wide)usage->cache_read * price->cache_read +
                 (wide)usage->cache_write * price->cache_write;
    wide output = (wide)usage->output * price->output;
    wide milli = input * (is_long ? price->input_factor : MILLI) +
                 output * (is_long ? price->output_factor : MILLI);
    wide cost = (milli + MILLI - 1) / MILLI;
    return cost < INT64_MAX ? (int64_t)cost : INT64_MAX;
}
