/* news.h - what a commit may bring that others wait for: bits for db_tell() and store_watch(). */
#pragma once

enum news {
    NEWS_EVENTS = 1,  /* the log of events has grown */
    NEWS_JOBS = 2,    /* there is a job to be done */
    NEWS_WEBHOOKS = 4 /* who is told of events, and how, has changed */
};
