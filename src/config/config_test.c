#include "config/config.h"

#include "base/json.h"
#include "base/test.h"
#include "config/env_file.h"

#include <string.h>
#include <unistd.h>

static struct arena arena;
static struct config config;
static struct error err;
static char folder[] = "/tmp/hark-config-XXXXXX";
static char env_path[64];

static void write_env_file(const char *text)
{
    FILE *file = fopen(env_path, "w");
    EXPECT(file != NULL && fputs(text, file) >= 0);
    EXPECT(fclose(file) == 0);
}

/* Arguments are whatever is given; the .env file is as last written. */
#define LOAD(...)                                                                                  \
    config_load(&config, &arena, (const char *const[]){__VA_ARGS__, NULL}, env_path, &err)

static bool error_says(const char *part)
{
    if (str_find_str(str_from_z(err.message), str_from_z(part)) != STR_NONE)
        return true;
    fprintf(stderr, "it says: %s\n", err.message);
    return false;
}

static void without_anything_there_are_defaults(void)
{
    unlink(env_path);
    EXPECT(LOAD("serve") == STATUS_OK);
    EXPECT(config.http_port == 8000 && str_equal_z(config.http_host, "127.0.0.1"));
    EXPECT(str_equal_z(config.store_url, "sqlite:feedback.db") && config.privacy_redact);
    EXPECT(str_equal_z(config.log_level, "info") && config.api_key.length == 0);
    EXPECT(config.sources[CONFIG_http_port].origin == CONFIG_FROM_DEFAULT);
}

static void flags_come_before_environment_before_file_before_defaults(void)
{
    write_env_file("HARK_HTTP_PORT=1\nHARK_HTTP_THREADS=1\nHARK_HTTP_DRAIN_MS=1\n");
    setenv("HARK_HTTP_PORT", "2", 1);
    setenv("HARK_HTTP_THREADS", "2", 1);
    EXPECT(LOAD("--http.port=3") == STATUS_OK);
    EXPECT(config.http_port == 3 && config.http_threads == 2 && config.http_drain_ms == 1);
    EXPECT(config.sources[CONFIG_http_port].origin == CONFIG_FROM_FLAG);
    EXPECT(config.sources[CONFIG_http_threads].origin == CONFIG_FROM_ENVIRONMENT);
    EXPECT(config.sources[CONFIG_http_drain_ms].origin == CONFIG_FROM_ENV_FILE);
    setenv("HARK_HTTP_THREADS", "", 1); /* as if it were not there */
    EXPECT(LOAD("serve") == STATUS_OK && config.http_threads == 1);
    unsetenv("HARK_HTTP_PORT");
    unsetenv("HARK_HTTP_THREADS");
    unlink(env_path);
}

static void what_is_no_setting_is_handed_back_in_order(void)
{
    EXPECT(LOAD("analyze", "--http.port", "9", "--json", "--out=a.csv", "-", "--", "--http.port=1",
                "x") == STATUS_OK);
    static const char *const rest[] = {"analyze",       "--json", "--out=a.csv", "-", "--",
                                       "--http.port=1", "x"};
    EXPECT(config.http_port == 9 && config.positional_count == sizeof rest / sizeof rest[0]);
    for (size_t i = 0; i < config.positional_count; i++)
        EXPECT(strcmp(config.positional[i], rest[i]) == 0);
    EXPECT(config.positional[config.positional_count] == NULL);
}

static void the_seeds_env_file_is_understood(void)
{
    write_env_file("# OpenAI Configuration (optional)\n"
                   "OPENAI_API_KEY=sk-...\nAI_PROVIDER_ENABLED=true\n\n"
                   "SLACK_WEBHOOK_URL=https://hooks.slack.com/services/...\n"
                   "API_KEY=test-api-key-12345\nCACHE_MAX_SIZE=1000\nCACHE_TTL_SECONDS=3600\n"
                   "DATABASE_URL=sqlite+aiosqlite:///./feedback.db\n"
                   "OTHER_PROGRAM=1\n");
    EXPECT(LOAD("serve") == STATUS_OK);
    EXPECT(str_equal_z(config.ai_openai_api_key, "sk-...") && config.ai_enabled);
    EXPECT(str_equal_z(config.alert_slack_webhook_url, "https://hooks.slack.com/services/..."));
    EXPECT(str_equal_z(config.api_key, "test-api-key-12345"));
    EXPECT(config.cache_max_size == 1000 && config.cache_ttl_seconds == 3600);
    EXPECT(str_equal_z(config.store_url, "sqlite+aiosqlite:///./feedback.db"));
    unlink(env_path);
}

static void booleans_and_choices_take_any_case(void)
{
    EXPECT(LOAD("--privacy.redact=OFF", "--log.level", "WARN") == STATUS_OK);
    EXPECT(!config.privacy_redact && str_equal_z(config.log_level, "warn"));
}

static void a_bad_value_is_refused_with_its_rule_and_place(void)
{
    config.http_port = 77;
    EXPECT(LOAD("--http.port=65536") == STATUS_INVALID);
    EXPECT(error_says("http.port must be a whole number from 0 to 65535, not '65536' "
                      "(flag --http.port)"));
    EXPECT(config.http_port == 77);
    EXPECT(LOAD("--log.level=loud") == STATUS_INVALID);
    EXPECT(error_says("log.level must be debug, info, warn, error or off, not 'loud'"));
    EXPECT(LOAD("--http.port") == STATUS_INVALID && error_says("--http.port needs a value"));
}

static void a_bad_value_in_the_file_is_refused_with_its_line(void)
{
    write_env_file("\nAI_PROVIDER_ENABLED=maybe\n");
    EXPECT(LOAD("serve") == STATUS_INVALID);
    EXPECT(error_says("ai.enabled must be true or false, not 'maybe' (AI_PROVIDER_ENABLED in "));
    EXPECT(error_says("line 2)"));
    unlink(env_path);
}

static void a_bad_secret_is_not_repeated(void)
{
    setenv("API_KEY", "hush\nhush", 1);
    EXPECT(LOAD("serve") == STATUS_INVALID);
    EXPECT(error_says("api.key must be one line of text (API_KEY in the environment)"));
    unsetenv("API_KEY");
}

static void a_name_that_is_nearly_ours_is_refused(void)
{
    setenv("HARK_HTP_PORT", "1", 1);
    EXPECT(LOAD("serve") == STATUS_INVALID);
    EXPECT(error_says("HARK_HTP_PORT in the environment: there is no such setting"));
    unsetenv("HARK_HTP_PORT");
    write_env_file("HARK_LOG_LEVLE=info\n");
    EXPECT(LOAD("serve") == STATUS_INVALID && error_says("HARK_LOG_LEVLE in "));
    unlink(env_path);
    EXPECT(LOAD("--http.prot=1") == STATUS_INVALID && error_says("flag --http.prot: there is no"));
}

static struct env_file parsed(const char *text)
{
    struct env_file file = {0};
    EXPECT(env_file_parse(&file, &arena, str_from_z(text), ".env", &err) == STATUS_OK);
    return file;
}

static bool value_is(const char *text, const char *value)
{
    struct env_file file = parsed(text);
    return file.count == 1 && str_equal_z(file.lines[0].name, "A") &&
           str_equal_z(file.lines[0].value, value);
}

static void env_values_may_stand_bare(void)
{
    EXPECT(value_is("A=b", "b") && value_is("A=", "") && value_is("A=b=c\n", "b=c"));
    EXPECT(value_is("export A=b", "b") && value_is(" A = b \r\n", "b"));
    EXPECT(value_is("A=b # note", "b") && value_is("A=b#c", "b#c") && value_is("A=#c", ""));
}

static void env_values_may_stand_in_quotes(void)
{
    EXPECT(value_is("A='b # \\n \"c'  # note", "b # \\n \"c"));
    EXPECT(value_is("A=\"b\\n\\\"c\\\\ \\$ \\x\"", "b\n\"c\\ $ \\x"));
}

static void env_lines_are_numbered_and_notes_skipped(void)
{
    EXPECT(value_is("\xef\xbb\xbf# note\n\n  A=b", "b") && parsed("").count == 0);
    EXPECT(parsed("A=1\nA=2\n").lines[1].number == 2);
}

static bool is_refused(const char *text, const char *why)
{
    struct env_file file = {0};
    return env_file_parse(&file, &arena, str_from_z(text), ".env", &err) == STATUS_MALFORMED &&
           error_says(why) && file.lines == NULL;
}

static void bad_env_lines_are_refused_by_number(void)
{
    EXPECT(is_refused("A=1\n\nnonsense\n", ".env line 3: NAME=value is wanted"));
    EXPECT(is_refused("A-B=1", ".env line 1: a name has"));
    EXPECT(is_refused("1A=1", "a name has") && is_refused("=1", "a name has"));
    EXPECT(is_refused("A='b", "a quote is not closed"));
    EXPECT(is_refused("A=\"b\\\"", "a quote is not closed"));
    EXPECT(is_refused("A='b'c", "something follows"));
}

static void reloading_changes_what_may_change_and_names_the_rest(void)
{
    static const char *const arguments[] = {"--http.threads=2", NULL};
    struct config fresh;
    str needs_restart;
    write_env_file("HARK_LOG_LEVEL=info\n");
    EXPECT(config_load(&config, &arena, arguments, env_path, &err) == STATUS_OK);
    write_env_file("HARK_LOG_LEVEL=debug\nHARK_HTTP_PORT=9\nHARK_HTTP_THREADS=4\nAPI_KEY=k\n");
    EXPECT(config_reload(&fresh, &arena, &config, &needs_restart, &err) == STATUS_OK);
    EXPECT(str_equal_z(fresh.log_level, "debug") && str_equal_z(config.log_level, "info"));
    EXPECT(fresh.http_port == 8000 && fresh.http_threads == 2 && fresh.api_key.length == 0);
    EXPECT(str_equal_z(needs_restart, "http.port, api.key"));
    write_env_file("HARK_LOG_LEVEL=\"debug\n");
    EXPECT(config_reload(&fresh, &arena, &config, &needs_restart, &err) == STATUS_MALFORMED);
    unlink(env_path);
}

static str reference(enum config_form form)
{
    struct buf out;
    buf_init(&out, &arena, 1 << 20);
    config_write_reference(&out, &config, form);
    EXPECT(!out.overflowed);
    return buf_str(&out);
}

static bool has(str text, const char *part)
{
    return str_find_str(text, str_from_z(part)) != STR_NONE;
}

static void the_reference_shows_all_but_secrets(void)
{
    EXPECT(LOAD("--api.key=hush-hush", "--http.port=9") == STATUS_OK);
    str text = reference(CONFIG_AS_TEXT);
    EXPECT(has(text, "http.port=9  (flag)\n") && has(text, "HARK_HTTP_PORT, 0..65535; needs a"));
    EXPECT(has(text, "api.key=********  (flag)\n") && has(text, "ai.openai_api_key=  (default)\n"));
    str page = reference(CONFIG_AS_MARKDOWN);
    EXPECT(has(page, "\n| `http.port` | `HARK_HTTP_PORT` | `8000` | a whole number from 0 to 65535 "
                     "| no | Port to"));
    EXPECT(!has(text, "hush") && !has(page, "hush") && !has(reference(CONFIG_AS_JSON), "hush"));
}

static void the_reference_is_good_json(void)
{
    const struct json *all = NULL;
    EXPECT(LOAD("--log.level=warn") == STATUS_OK);
    EXPECT(json_parse(&arena, str_trim(reference(CONFIG_AS_JSON)), &all, &err) == STATUS_OK);
    EXPECT(all->count == CONFIG_COUNT);
    for (const struct json *at = all->first; at != NULL; at = at->next)
        if (str_equal_z(json_find(at, "name")->string, "log.level"))
            EXPECT(str_equal_z(json_find(at, "value")->string, "warn") &&
                   str_equal_z(json_find(at, "environment")->string, "HARK_LOG_LEVEL") &&
                   json_find(at, "reloadable")->boolean);
}

/* What the one who runs the tests has set is not what they are about. */
static void clear_environment(void)
{
    static char *none[] = {NULL};
    environ = none;
}

int main(void)
{
    clear_environment();
    EXPECT(mkdtemp(folder) != NULL);
    snprintf(env_path, sizeof env_path, "%s/.env", folder);
    RUN(without_anything_there_are_defaults);
    RUN(flags_come_before_environment_before_file_before_defaults);
    RUN(what_is_no_setting_is_handed_back_in_order);
    RUN(the_seeds_env_file_is_understood);
    RUN(booleans_and_choices_take_any_case);
    RUN(a_bad_value_is_refused_with_its_rule_and_place);
    RUN(a_bad_value_in_the_file_is_refused_with_its_line);
    RUN(a_bad_secret_is_not_repeated);
    RUN(a_name_that_is_nearly_ours_is_refused);
    RUN(env_values_may_stand_bare);
    RUN(env_values_may_stand_in_quotes);
    RUN(env_lines_are_numbered_and_notes_skipped);
    RUN(bad_env_lines_are_refused_by_number);
    RUN(reloading_changes_what_may_change_and_names_the_rest);
    RUN(the_reference_shows_all_but_secrets);
    RUN(the_reference_is_good_json);
    EXPECT(rmdir(folder) == 0);
    arena_reset(&arena);
}
