/* queue_schema.h - the tables of queue/sql, as a step for store/migrations.c and for tests. */
#pragma once

extern const char queue_schema[];
