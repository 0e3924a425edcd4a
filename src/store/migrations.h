/* migrations.h - the schema, as the numbered steps that lead to it. Steps are only ever added. */
#pragma once

extern const char *const migrations[];
extern const int migration_count;
