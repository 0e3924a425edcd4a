#include "action/alerting.h"
#include "analysis/cascade.h"
#include "base/clock.h"
#include "base/utf8.h"
#include "intake/intake_inside.h"
#include "telemetry/metrics.h"

/* Reads the clock for the step that ended, and starts the next. */
static int64_t lap(uint64_t *since)
{
    uint64_t now = clock_monotonic_us(), took = now - *since;
    *since = now;
    return (int64_t)took;
}

void intake_count_personal_data(const struct feedback *item, const struct pii_tally *tally)
{
    if (!item->pii_detected)
        return;
    metric_add(METRIC_feedback_with_pii_total, 1);
    for (int type = 0; type < PII_TYPE_COUNT; type++)
        if (tally->hidden[type] > 0)
            metric_add_labelled(METRIC_pii_redacted_total, pii_type_names[type], NULL,
                                tally->hidden[type]);
}

static void hide_personal_data(const struct intake_options *intake, struct arena *arena,
                               struct preparation *preparation, struct feedback *item)
{
    struct pii_spans spans = pii_find_under(intake->finder, preparation->pii, arena, item->text);
    item->pii_detected = spans.count > 0;
    preparation->pii_tally = (struct pii_tally){0};
    for (size_t i = 0; i < spans.count; i++)
        preparation->pii_tally.hidden[spans.items[i].type] +=
            pii_is_hidden(spans.policy, &spans.items[i]);
    intake_count_personal_data(item, &preparation->pii_tally);
    if (intake->redact && spans.count > 0)
        item->text = pii_redact(arena, item->text, spans);
}

static enum status check_length(const struct preparation *preparation, str text, struct error *err)
{
    const struct configuration *configuration = preparation->configuration;
    if (text.length == 0)
        return fail_field(err, "text", "must not be empty");
    if (!preparation->is_strict)
        return STATUS_OK;
    int64_t length = (int64_t)utf8_length(text);
    if (length < configuration->text_least_characters)
        return fail_field(err, "text", "must have at least %lld characters (strict)",
                          (long long)configuration->text_least_characters);
    if (length > configuration->text_most_characters) {
        fail_field(err, "text", "must have at most %lld characters (strict)",
                   (long long)configuration->text_most_characters);
        return err != NULL ? (err->status = STATUS_TOO_LARGE) : STATUS_TOO_LARGE;
    }
    return STATUS_OK;
}

static enum status check_claims(const struct feedback *item, struct error *err)
{
    if (!str_is_absent(item->language_code) && !text_is_language_code(item->language_code))
        return fail_field(err, "language_code",
                          "must be a language code like en or pt-BR (BCP 47)");
    if (item->created_at != FIELD_UNSET && item->created_at > clock_now_us() + DAY_US)
        return fail_field(err, "created_at", "must not lie more than a day in the future");
    return STATUS_OK;
}

static str found_language(const struct languages *languages, struct arena *arena, str text)
{
    struct language language = text_language(languages, text);
    return language.code[0] == '\0' ? (str){0} : str_copy(arena, str_from_z(language.code));
}

/* A language of the caller's is believed, else it is that of the `own` words; the rest of what may
 * be missing is filled in. */
static void fill_in(const struct languages *languages, struct arena *arena, struct feedback *item,
                    str own)
{
    int64_t now = clock_now_us();
    item->received_at = now;
    if (item->created_at == FIELD_UNSET)
        item->created_at = now;
    if (str_is_absent(item->source))
        item->source = STR("api");
    if (str_is_absent(item->language_code))
        item->language_code = found_language(languages, arena, own);
    item->language_support = LABEL_NONE;
    item->status = FEEDBACK_PENDING;
}

static const struct analysis no_analysis = {
    .sentiment = LABEL_NONE,
    .topic = LABEL_NONE,
    .severity = LABEL_NONE,
    .band = LABEL_NONE,
    .review_reason = LABEL_NONE,
    .method = LABEL_NONE,
    .confidence = NAN,
    .score = NAN,
    .scores = {NAN},
    .topics = {NAN},
    .tokens = NO_TOKENS,
    .latency_ms = FIELD_UNSET,
};

static struct analysis_request request_of(const struct intake_options *intake,
                                          const struct preparation *preparation,
                                          const struct feedback *item)
{
    return (struct analysis_request){preparation->own,
                                     item->language_code,
                                     preparation->configuration,
                                     preparation->is_brief,
                                     item->tenant_id,
                                     preparation->reading,
                                     preparation->is_first_look && cascade_is_on(intake->cascade)};
}

enum status intake_receive(const struct intake_options *intake, struct arena *arena,
                           struct preparation *preparation, struct feedback *item,
                           struct error *err)
{
    struct intake_timing *timing = &preparation->timing;
    uint64_t since = clock_monotonic_us();
    item->text = text_clean(arena, item->text);
    enum status status = check_length(preparation, item->text, err);
    if (status == STATUS_OK)
        status = check_claims(item, err);
    if (status != STATUS_OK)
        return status;
    timing->clean_us += lap(&since);

    hide_personal_data(intake, arena, preparation, item);
    timing->pii_us += lap(&since);

    preparation->own = text_without_quotes(arena, item->text);
    fill_in(intake->languages, arena, item, preparation->own);
    item->analysis = no_analysis;
    timing->analysis_us += lap(&since);
    return STATUS_OK;
}

static void ask(const struct intake_options *intake, struct preparation *preparation,
                const struct feedback *item, size_t crowd)
{
    struct analysis_request request = request_of(intake, preparation, item);
    preparation->reading = analyst_ask(intake->analyst, &request, crowd);
}

enum status intake_begin(const struct intake_options *intake, struct arena *arena,
                         struct preparation *preparation, struct feedback *item, size_t crowd,
                         struct error *err)
{
    enum status status = intake_receive(intake, arena, preparation, item, err);
    if (status == STATUS_OK)
        ask(intake, preparation, item, crowd);
    return status;
}

void intake_end(const struct intake_options *intake, struct arena *arena,
                struct preparation *preparation, struct feedback *item)
{
    uint64_t since = clock_monotonic_us();
    struct analysis_request request = request_of(intake, preparation, item);
    analyst_analyse(intake->analyst, arena, &request, &item->analysis, &item->truncated);
    preparation->reading = NULL;
    item->status = FEEDBACK_COMPLETED;
    item->language_support = (int)language_support_of(item->language_code);
    item->analysis.is_alert_open = item->analysis.needs_alert =
        alert_is_needed(preparation->configuration, &item->analysis);
    preparation->timing.analysis_us += lap(&since);
}

void intake_analyse(const struct intake_options *intake, struct arena *arena,
                    struct preparation *preparation, struct feedback *item)
{
    preparation->own = text_without_quotes(arena, item->text);
    ask(intake, preparation, item, 1);
    intake_end(intake, arena, preparation, item);
}

enum status intake_prepare(const struct intake_options *intake, struct arena *arena,
                           struct preparation *preparation, struct feedback *item,
                           struct error *err)
{
    enum status status = intake_begin(intake, arena, preparation, item, 1, err);
    if (status == STATUS_OK)
        intake_end(intake, arena, preparation, item);
    return status;
}
