#include "load_plan.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Pieces of every request; only reading the command line touches them. */
static const char *method = "POST", *path, *body_path, *headers = "";

static void add_request(struct load_plan *plan, const char *body, size_t length)
{
    struct load_request request = {0};
    FILE *out = open_memstream(&request.bytes, &request.length);
    if (!out)
        err(1, "memory");
    fprintf(out, "%s %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n%s", method, path, plan->port, headers);
    if (length > 0)
        fprintf(out, "Content-Length: %zu\r\n", length);
    fprintf(out, "\r\n%s", body);
    fclose(out);
    plan->requests = reallocarray(plan->requests, plan->request_count + 1, sizeof request);
    if (!plan->requests)
        err(1, "memory");
    plan->requests[plan->request_count++] = request;
}

static void read_bodies(struct load_plan *plan)
{
    char *line = NULL;
    size_t room = 0;
    FILE *in = fopen(body_path, "r");
    if (!in)
        err(1, "%s", body_path);
    while (getline(&line, &room, in) > 0) {
        line[strcspn(line, "\n")] = '\0';
        add_request(plan, line, strlen(line));
    }
    fclose(in);
    free(line);
    if (plan->request_count == 0)
        errx(1, "%s: no bodies", body_path);
}

static void add_header(const char *header)
{
    char *all = NULL;
    if (asprintf(&all, "%s%s\r\n", headers, header) < 0)
        err(1, "memory");
    headers = all;
}

static void add_phase(struct load_plan *plan, const char *text)
{
    double rate, seconds;
    if (plan->phase_count == LOAD_MAX_PHASES || sscanf(text, "%lf:%lf", &rate, &seconds) != 2 ||
        !(rate >= 0 && seconds > 0))
        errx(2, "-p %s: want rate:seconds, at most %d times", text, LOAD_MAX_PHASES);
    plan->phases[plan->phase_count].rate = rate;
    plan->phases[plan->phase_count++].seconds = seconds;
}

static FILE *open_record(const char *file_path)
{
    FILE *file = fopen(file_path, "a");
    if (!file)
        err(1, "%s", file_path);
    return file;
}

void load_plan_read(struct load_plan *plan, int count, char **words)
{
    *plan = (struct load_plan){.connections = 64};
    for (int option; (option = getopt(count, words, "c:p:m:H:b:i:a:")) != -1;)
        switch (option) {
        case 'c':
            plan->connections = strtoul(optarg, NULL, 10);
            break;
        case 'p':
            add_phase(plan, optarg);
            break;
        case 'm':
            method = optarg;
            break;
        case 'H':
            add_header(optarg);
            break;
        case 'b':
            body_path = optarg;
            break;
        case 'i':
            plan->ids = open_record(optarg);
            break;
        case 'a':
            plan->answers = open_record(optarg);
            break;
        default:
            exit(2);
        }
    if (count - optind != 2 || plan->phase_count == 0 || plan->connections == 0)
        errx(2, "usage: load [-c N] -p rate:seconds ... [-m METHOD] [-H header] ... [-b bodies]"
                " [-i ids] [-a answers] PORT PATH");
    plan->port = (uint16_t)strtoul(words[optind], NULL, 10);
    path = words[optind + 1];
    if (body_path)
        read_bodies(plan);
    else
        add_request(plan, "", 0);
}
