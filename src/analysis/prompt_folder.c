#include "analysis/prompt_folder.h"

#include "file/file.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int is_prompt_file(const struct dirent *entry)
{
    return entry->d_name[0] != '.' && str_ends_with(str_from_z(entry->d_name), STR(".md"));
}

static enum status check_place(const struct prompt *prompts, size_t count,
                               const struct prompt *prompt, str path, struct error *err)
{
    if (prompt_find(prompts, count, prompt->task, (str){0}) == NULL)
        return fail(err, STATUS_INVALID, STR_FORMAT ": there is no task '" STR_FORMAT "'",
                    STR_ARG(path), STR_ARG(prompt->task));
    if (prompt_find(prompts, count, prompt->task, prompt->version) != NULL)
        return fail(err, STATUS_INVALID,
                    STR_FORMAT ": version '" STR_FORMAT "' comes with Hark, and versions never "
                               "change: give this one another name",
                    STR_ARG(path), STR_ARG(prompt->version));
    return STATUS_OK;
}

static enum status read_file(struct arena *arena, const char *path, str *text, struct error *err)
{
    struct file_map map;
    enum status status = file_map(&map, path, err);
    if (status != STATUS_OK)
        return status;
    *text = str_copy(arena, (str){(const char *)map.bytes, map.size});
    file_unmap(&map);
    return STATUS_OK;
}

static enum status read_prompt(struct arena *arena, str path, struct prompt *prompts, size_t *count,
                               struct error *err)
{
    str text;
    struct prompt *prompt = &prompts[*count];
    enum status status = read_file(arena, path.bytes, &text, err);
    if (status == STATUS_OK)
        status = prompt_parse(path, text, prompt, err);
    if (status == STATUS_OK)
        status = check_place(prompts, *count, prompt, path, err);
    if (status == STATUS_OK)
        ++*count;
    return status;
}

enum status prompt_folder_read(struct arena *arena, const char *folder,
                               const struct prompt **prompts, size_t *count, struct error *err)
{
    const struct prompt *shipped;
    struct dirent **entries = NULL;
    enum status status = STATUS_OK;
    size_t done = prompt_list_shipped(&shipped);
    int found = folder == NULL ? 0 : scandir(folder, &entries, is_prompt_file, versionsort);
    if (found < 0)
        return fail(err, STATUS_INVALID, "ai.prompts: %s: %s", folder, strerror(errno));
    struct prompt *all = arena_array(arena, struct prompt, done + (size_t)found);
    for (size_t i = 0; i < done; i++)
        all[i] = shipped[i];
    for (int i = 0; i < found; i++) {
        str path = str_format(arena, "%s/%s", folder, entries[i]->d_name);
        if (status == STATUS_OK)
            status = read_prompt(arena, path, all, &done, err);
        free(entries[i]);
    }
    free(entries);
    *prompts = all;
    *count = done;
    return status;
}
