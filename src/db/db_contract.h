/* db_contract.h - how the tests that every backend must pass are run. */
#pragma once

#include "db/db_fixture.h"

/* Each test runs on a database of its own, which is open. */
static struct fixture fixture;

static inline void with_db(void (*test)(struct db *db))
{
    fixture = (struct fixture){0};
    fixture_make(&fixture);
    EXPECT(fixture_open(&fixture) == STATUS_OK);
    test(fixture.db);
    fixture_remove(&fixture);
}

#define RUN_DB(test) (with_db(test), printf("ok %s\n", #test))
