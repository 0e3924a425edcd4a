/* hark doctor: looks at everything that Hark needs, and says what to do about what is amiss. */
#include "app/app.h"
#include "app/model_path.h"
#include "command/client.h"
#include "command/command.h"
#include "command/member.h"
#include "command/model_check.h"
#include "command/terminal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum verdict {
    VERDICT_OK,
    VERDICT_WARN,
    VERDICT_FAIL
};

enum {
    MEGABYTE = 1024 * 1024,
    LEAST_FREE_MB = 100, /* below it writing may fail any moment */
    LOW_FREE_MB = 1024
};

struct doctor {
    const struct command_call *call;
    struct client *client; /* NULL: it does not open */
    struct buf json;       /* with --json, all lines at the end */
    struct json_writer writer;
    bool as_json;
    enum verdict worst;
};

/* One line: what was looked at, how it is, and the remedy where there is one to take. */
static void tell(struct doctor *doctor, enum verdict verdict, const char *what, str found,
                 const char *remedy)
{
    static const char *const names[] = {"ok", "warn", "fail"};
    static const enum ink inks[] = {INK_GREEN, INK_YELLOW, INK_RED};
    if (verdict > doctor->worst)
        doctor->worst = verdict;
    if (doctor->as_json) {
        json_open(&doctor->writer, '{');
        json_key(&doctor->writer, "check");
        json_string_z(&doctor->writer, what);
        json_key(&doctor->writer, "verdict");
        json_string_z(&doctor->writer, names[verdict]);
        json_key(&doctor->writer, "found");
        json_string(&doctor->writer, found);
        json_key(&doctor->writer, "remedy");
        json_string(&doctor->writer, verdict == VERDICT_OK ? (str){0} : str_from_z(remedy));
        json_close(&doctor->writer, '}');
        return;
    }
    terminal_print(stdout, inks[verdict], str_format(doctor->call->arena, "%-4s", names[verdict]));
    printf("  %-12s " STR_FORMAT "\n", what, STR_ARG(found));
    if (verdict != VERDICT_OK)
        printf("      %-12s -> %s\n", "", remedy);
}

/* The database lies beside its owner's socket. Absent: it is not a file. */
static str database_path(const struct command_call *call)
{
    str path = app_socket_path(call->arena, call->config);
    return str_slice(path, 0, path.length - (path.length > 0 ? strlen(".sock") : 0));
}

static void check_file(struct doctor *doctor)
{
    struct stat about;
    str path = database_path(doctor->call);
    if (path.length == 0 || stat(str_z(doctor->call->arena, path), &about) != 0)
        return;
    str found = str_format(doctor->call->arena, "mode %04o", (unsigned)about.st_mode & 07777);
    bool is_open = (about.st_mode & (S_IRWXG | S_IRWXO)) != 0;
    tell(doctor, is_open ? VERDICT_WARN : VERDICT_OK, "permissions", found,
         "others on this machine may read it: chmod 600 the database");
}

static void check_disk(struct doctor *doctor)
{
    str path = database_path(doctor->call);
    int64_t free_mb = free_disk_at(doctor->call->arena, path) / MEGABYTE;
    if (path.length == 0 || free_mb < 0)
        return;
    enum verdict verdict = free_mb < LEAST_FREE_MB ? VERDICT_FAIL
                           : free_mb < LOW_FREE_MB ? VERDICT_WARN
                                                   : VERDICT_OK;
    tell(doctor, verdict, "disk",
         str_format(doctor->call->arena, "%" PRId64 " MB free beside the database", free_mb),
         "make room, or move the database (DATABASE_URL) to a larger disk");
}

static void check_rollups(struct doctor *doctor, const struct json *answer)
{
    int64_t wrong = member_integer(answer, "rollups_wrong");
    bool is_repaired = member_is_true(answer, "rollups_repaired");
    str found = str_format(doctor->call->arena, "%" PRId64 " counts, %" PRId64 " wrong%s",
                           member_integer(answer, "rollup_cells"), wrong,
                           is_repaired ? ", now set right" : "");
    enum verdict verdict = wrong == 0 ? VERDICT_OK : is_repaired ? VERDICT_WARN : VERDICT_FAIL;
    tell(doctor, verdict, "rollups", found,
         is_repaired ? "nothing left to do; please report that they went wrong"
                     : "hark doctor --recount counts them anew");
}

static void check_ledger(struct doctor *doctor, const struct json *answer)
{
    int64_t wrong = member_integer(answer, "ledger_wrong");
    str found = str_format(doctor->call->arena, "%" PRId64 " sums, %" PRId64 " wrong",
                           member_integer(answer, "ledger_sums"), wrong);
    tell(doctor, wrong == 0 ? VERDICT_OK : VERDICT_FAIL, "ledger", found,
         "what language models cost was changed past Hark: compare the tables usage, usage_days "
         "and usage_months with a backup");
}

static void check_audit(struct doctor *doctor, const struct json *answer)
{
    struct arena *arena = doctor->call->arena;
    const struct json *broken = json_find(answer, "audit_broken_at");
    str entries = str_format(arena, "%" PRId64 " entries, the chain holds",
                             member_integer(answer, "audit_entries"));
    if (broken == NULL || broken->type == JSON_NULL)
        tell(doctor, VERDICT_OK, "audit log", entries, NULL);
    else
        tell(doctor, VERDICT_FAIL, "audit log",
             str_format(arena, "the chain breaks at entry %" PRId64, broken->integer),
             "someone has changed the log: compare it with a backup");
}

/* Nothing stands still for them: what they do not answer is understood locally. */
static void check_language_models(struct doctor *doctor, const struct json *answer)
{
    struct arena *arena = doctor->call->arena;
    const struct json *models = json_find(answer, "language_models");
    if (models == NULL || models->count == 0) {
        tell(doctor, VERDICT_OK, "ai",
             STR("no language model is set up: all is understood locally"), NULL);
        return;
    }
    for (const struct json *model = models->first; model != NULL; model = model->next) {
        const struct json *remedy = json_find(model, "remedy");
        bool is_well = remedy->type == JSON_NULL;
        str found = str_format(arena, STR_FORMAT " " STR_FORMAT "%s",
                               STR_ARG(member_text(model, "provider")),
                               STR_ARG(member_text(model, "model")),
                               is_well                             ? " answers"
                               : member_is_true(model, "is_asked") ? " fails"
                                                                   : " fails, and is not asked "
                                                                     "for now");
        tell(doctor, is_well ? VERDICT_OK : VERDICT_WARN, "ai", found,
             is_well ? NULL : str_z(arena, remedy->string));
    }
    if (member_is_true(answer, "budget_used_up"))
        tell(doctor, VERDICT_WARN, "ai",
             STR("the server's budget of this month has no room left, and the local model answers"),
             "raise AI_MONTHLY_BUDGET_USD, or wait for the next month (UTC)");
}

static void check_database(struct doctor *doctor)
{
    struct arena *arena = doctor->call->arena;
    struct error err;
    const struct json *answer = NULL;
    bool recount = call_has(doctor->call, "recount");
    struct client_request request = {.method = "POST",
                                     .path = STR("/v1/maintenance:check"),
                                     .body = recount ? STR("{\"recount\":true,\"ask_models\":true}")
                                                     : STR("{\"ask_models\":true}"),
                                     .content_type = "application/json"};
    enum status status = client_open(&doctor->client, doctor->call->config, &err);
    if (status == STATUS_OK)
        status = client_call_json(doctor->client, arena, &request, &answer, &err);
    if (status != STATUS_OK) {
        tell(doctor, VERDICT_FAIL, "database", str_copy(arena, str_from_z(err.message)),
             status == STATUS_CORRUPT || status == STATUS_INTERNAL
                 ? "stop Hark and restore a backup, or sqlite3 feedback.db .recover"
                 : "check DATABASE_URL, the folder's permissions and free disk");
        return;
    }
    str found = str_format(
        arena, "whole, schema version %" PRId64 ", %s", member_integer(answer, "schema_version"),
        client_is_remote(doctor->client) ? "its owner is running" : "no server is running");
    tell(doctor, VERDICT_OK, "database", found, NULL);
    check_rollups(doctor, answer);
    check_ledger(doctor, answer);
    check_audit(doctor, answer);
    check_language_models(doctor, answer);
}

static void tell_of_transformer(struct doctor *doctor, const struct model_check *check)
{
    if (check->transformer.path == NULL)
        return;
    if (check->transformer.loads)
        tell(doctor, VERDICT_OK, "transformer",
             str_format(doctor->call->arena, STR_FORMAT ", %.1f MB, %s",
                        STR_ARG(check->transformer.name), (double)check->transformer.size / 1e6,
                        check->transformer.path),
             NULL);
    else
        tell(doctor, VERDICT_FAIL, "transformer",
             str_copy(doctor->call->arena, str_from_z(check->transformer.err.message)),
             "set HARK_MODEL to a folder as downloaded from Hugging Face, or to nothing; until "
             "then the shipped model serves alone");
}

static void tell_of_file(struct doctor *doctor, const struct file_check *check)
{
    struct arena *arena = doctor->call->arena;
    const struct shipped_file *file = check->file;
    str name = str_is_absent(check->name) ? str_from_z(file->file_name) : check->name;
    if (check->loads)
        tell(doctor, VERDICT_OK, file->what,
             str_format(arena, STR_FORMAT ", %.1f MB, %s", STR_ARG(name), (double)check->size / 1e6,
                        check->path),
             NULL);
    else
        tell(doctor, VERDICT_FAIL, file->what, str_copy(arena, str_from_z(check->err.message)),
             str_format(arena, "%s; until then %s%c", file->remedy, file->loss, 0).bytes);
}

static void check_models(struct doctor *doctor)
{
    struct model_check check;
    model_check(doctor->call->arena, doctor->call->config, &check);
    tell_of_transformer(doctor, &check);
    for (int i = 0; i < SHIPPED_FILES; i++)
        tell_of_file(doctor, &check.files[i]);
}

/* 0, or the errno that kept us from listening there. */
static int try_port(const char *host, int port)
{
    struct sockaddr_storage address = {0};
    struct sockaddr_in *v4 = (struct sockaddr_in *)&address;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&address;
    int yes = 1;
    bool is_v6 = strchr(host, ':') != NULL;
    address.ss_family = is_v6 ? AF_INET6 : AF_INET;
    if (is_v6)
        v6->sin6_port = htons((uint16_t)port);
    else
        v4->sin_port = htons((uint16_t)port);
    if (inet_pton(address.ss_family, host, is_v6 ? (void *)&v6->sin6_addr : &v4->sin_addr) != 1)
        return EADDRNOTAVAIL;
    int fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return errno;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    socklen_t length = is_v6 ? sizeof *v6 : sizeof *v4;
    int failure = bind(fd, (const struct sockaddr *)&address, length) == 0 ? 0 : errno;
    if (failure == 0 && listen(fd, 1) != 0)
        failure = errno;
    close(fd);
    return failure;
}

static void check_port(struct doctor *doctor)
{
    struct arena *arena = doctor->call->arena;
    const struct config *config = doctor->call->config;
    if (doctor->client != NULL && client_is_remote(doctor->client))
        return; /* the owner has it */
    const char *host = str_z(arena, config->http_host);
    int failure = try_port(host, (int)config->http_port);
    str found = str_format(arena, "%s port %" PRId64 " %s", host, config->http_port,
                           failure == 0 ? "is free" : strerror(failure));
    tell(doctor, failure == 0 ? VERDICT_OK : VERDICT_FAIL, "port", found,
         "choose another with HARK_HTTP_PORT, or stop what listens there");
}

static void check_settings(struct doctor *doctor)
{
    const struct config *config = doctor->call->config;
    str host = config->http_host;
    bool is_public = !str_equal_z(host, "127.0.0.1") && !str_equal_z(host, "::1");
    if (str_starts_with(config->api_key, STR("test-api-key")) && is_public)
        tell(doctor, VERDICT_FAIL, "settings",
             STR("API_KEY is the example's, and the port is open"),
             "remove API_KEY and make keys with: hark keys create NAME");
    else if (str_equal_z(config->http_cors_origins, "*"))
        tell(doctor, VERDICT_WARN, "settings", STR("pages of any origin may call the API"),
             "name the origins in HARK_HTTP_CORS_ORIGINS");
    else if (!config->privacy_redact)
        tell(doctor, VERDICT_WARN, "settings", STR("personal data is stored as it comes"),
             "set HARK_PRIVACY_REDACT=true");
    else
        tell(doctor, VERDICT_OK, "settings", STR("nothing stands out"), NULL);
}

static enum exit_code run(struct command_call *call)
{
    struct doctor doctor = {.call = call, .as_json = call_has(call, "json")};
    buf_init(&doctor.json, call->arena, COMMAND_OUTPUT);
    doctor.writer = (struct json_writer){.out = &doctor.json};
    if (doctor.as_json)
        json_open(&doctor.writer, '[');
    check_database(&doctor);
    check_file(&doctor);
    check_disk(&doctor);
    check_models(&doctor);
    check_port(&doctor);
    check_settings(&doctor);
    client_close(doctor.client);
    if (doctor.as_json) {
        json_close(&doctor.writer, ']');
        printf(STR_FORMAT "\n", STR_ARG(buf_str(&doctor.json)));
    }
    return doctor.worst == VERDICT_FAIL ? EXIT_FAILED : EXIT_DONE;
}

const struct command command_doctor = {
    .name = "doctor",
    .summary = "Check everything Hark needs, and say what to do about what is amiss.",
    .words = "",
    .flags = {{"recount", NULL, "Count the dashboard's numbers anew and set wrong ones right."},
              {"json", NULL, "As JSON."}},
    .run = run,
};
