#include "pii/re2_shim.h"

#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include <re2/re2.h>
#include <re2/set.h>

struct re2_program {
    RE2 regexp;
    re2_program(const re2::StringPiece &pattern, const RE2::Options &options)
        : regexp(pattern, options)
    {
    }
};

struct re2_set {
    RE2::Set set;
    uint32_t all; /* every program of it */
    re2_set(const RE2::Options &options, uint32_t programs)
        : set(options, RE2::UNANCHORED), all(programs)
    {
    }
};

static RE2::Options options_of(int64_t memory)
{
    RE2::Options options;
    options.set_longest_match(true);
    options.set_log_errors(false);
    options.set_max_mem(memory);
    return options;
}

struct re2_program *re2_compile(const char *pattern, size_t length, int64_t memory, char *reason,
                                size_t room)
{
    std::unique_ptr<re2_program> program(
        new re2_program(re2::StringPiece(pattern, length), options_of(memory)));
    if (program->regexp.ok())
        return program.release();
    snprintf(reason, room, "%s", program->regexp.error().c_str());
    return nullptr;
}

void re2_free(struct re2_program *program)
{
    delete program;
}

size_t re2_size(const struct re2_program *program)
{
    int backward = program->regexp.ReverseProgramSize();
    return (size_t)program->regexp.ProgramSize() + (size_t)(backward > 0 ? backward : 0);
}

bool re2_search(const struct re2_program *program, const char *text, size_t length, size_t from,
                size_t to, size_t *begin, size_t *end)
{
    re2::StringPiece whole(text, length), match;
    if (!program->regexp.Match(whole, from, to, RE2::UNANCHORED, &match, 1))
        return false;
    *begin = (size_t)(match.data() - text);
    *end = *begin + match.size();
    return true;
}

struct re2_set *re2_set_open(const struct re2_program *const *programs, size_t count,
                             int64_t memory)
{
    uint32_t all = count < 32 ? (uint32_t(1) << count) - 1 : ~uint32_t(0);
    std::unique_ptr<re2_set> set(new re2_set(options_of(memory), all));
    for (size_t i = 0; i < count; i++)
        if (set->set.Add(programs[i]->regexp.pattern(), nullptr) < 0)
            return nullptr;
    return set->set.Compile() ? set.release() : nullptr;
}

void re2_set_free(struct re2_set *set)
{
    delete set;
}

uint32_t re2_set_match(const struct re2_set *set, const char *text, size_t length)
{
    thread_local std::vector<int> found;
    RE2::Set::ErrorInfo error{};
    uint32_t matched = 0;
    found.clear();
    if (!set->set.Match(re2::StringPiece(text, length), &found, &error))
        return error.kind == RE2::Set::kNoError ? 0 : set->all;
    for (int i : found)
        matched |= uint32_t(1) << i;
    return matched;
}
