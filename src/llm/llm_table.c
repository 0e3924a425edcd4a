#include "llm/llm_table.h"

#include "file/file.h"

#include <string.h>

void llm_table_of_text(struct llm_table *table, const char *name, str text)
{
    *table = (struct llm_table){.file = name, .text = text};
}

enum status llm_table_open(struct llm_table *table, struct arena *arena, const char *path,
                           const char *what, struct error *err)
{
    struct file_map map;
    struct error why = {0};
    enum status status = file_map(&map, path, &why);
    if (status != STATUS_OK)
        return fail(err, STATUS_INVALID, "the %s of language models cannot be read: %s", what,
                    why.message);
    llm_table_of_text(table, path, str_copy(arena, (str){(const char *)map.bytes, map.size}));
    file_unmap(&map);
    return STATUS_OK;
}

size_t llm_table_lines(const struct llm_table *table)
{
    size_t lines = 1;
    for (size_t i = 0; i < table->text.length; i++)
        lines += table->text.bytes[i] == '\n';
    return lines;
}

static size_t split(str line, str words[LLM_TABLE_WORDS + 1])
{
    size_t count = 0;
    for (size_t at = 0; at < line.length && count <= LLM_TABLE_WORDS; count++) {
        size_t from = at;
        while (at < line.length && strchr(" \t\r", line.bytes[at]) == NULL)
            at++;
        words[count] = str_slice(line, from, at);
        while (at < line.length && strchr(" \t\r", line.bytes[at]) != NULL)
            at++;
    }
    return count;
}

bool llm_table_next(struct llm_table *table)
{
    table->count = 0;
    while (table->count == 0 && !table->is_over) {
        str line, comment, rest;
        table->is_over = !str_cut(table->text, '\n', &line, &rest);
        table->text = rest;
        table->line++;
        str_cut(line, '#', &line, &comment);
        table->whole = str_trim(line);
        table->count = split(table->whole, table->words);
    }
    return table->count > 0;
}

enum status llm_table_refuse(const struct llm_table *table, str word, const char *why,
                             struct error *err)
{
    return fail(err, STATUS_INVALID, "%s line %d: '" STR_FORMAT "' %s", table->file, table->line,
                STR_ARG(str_slice(word, 0, 40)), why);
}
