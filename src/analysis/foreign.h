/* foreign.h - how far the local model is to be believed in a language.
 *
 * What it says in English is calibrated; what it says in another language is surer than it is
 * right. So its certainty above chance is scaled by what was measured: the share that was right
 * above chance against the certainty that it claimed, on models/languages-test-*.tsv
 * (tools/measure-languages prints the figures to write here after a training). */
#pragma once

#include "base/str.h"

/* 1: as in English, also where the language is not known, which is mostly "ok", figures and
 * pictures. */
double foreign_trust(str language_code);

/* A confidence in one of `labels` labels, believed that far above chance. */
double foreign_confidence(double confidence, double trust, int labels);
