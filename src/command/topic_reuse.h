/* topic_reuse.h - how often the topic of the most similar feedback is the wrong one, by how similar
 * it is: `hark eval --task similar-topic FILE`, for cache.similar_topic.
 *
 * Each line of FILE is a topic, a tab and a text; each text is looked up among all the others but
 * those with the same letters. Beside it, how often the local model is wrong on the same rows. */
#pragma once

#include "command/command.h"

enum status topic_reuse_print(struct command_call *call, const char *path,
                              struct error *err) MUST_CHECK;
