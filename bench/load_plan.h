/* load_plan.h - what the load tool is to do, from its command line.
 *
 *     load [-c connections] -p rate:seconds ... [-m method] [-H header] ... [-b file]
 *          [-i ids] [-a answers] PORT PATH
 *
 * -p   a phase; phases follow one another; rate 0 is a closed loop
 * -b   a file of bodies, one a line, sent in turn; none: one request without a body
 * -i   appends "LINE ID" for each 2xx answer that carries an id; LINE counts from 0 in -b
 * -a   appends every 1000th answer as "LINE STATUS BODY" */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum {
    LOAD_MAX_PHASES = 16
};

struct load_request {
    char *bytes; /* head and body, ready to send */
    size_t length;
};

struct load_plan {
    uint16_t port;
    size_t connections;
    size_t phase_count;
    struct {
        double rate, seconds;
    } phases[LOAD_MAX_PHASES];
    size_t request_count; /* at least 1 */
    struct load_request *requests;
    FILE *ids, *answers; /* NULL: not wanted */
};

/* Ends the program with a sentence when the words make no plan. */
void load_plan_read(struct load_plan *plan, int count, char **words);
