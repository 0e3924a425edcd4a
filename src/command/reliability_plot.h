/* reliability_plot.h - a picture of how far confidence can be trusted: the reliability diagram of
 * DeGroot and Fienberg (1983) as SVG, a panel a head, for light and dark pages. */
#pragma once

#include "command/eval_report.h"

/* Writes `path`. UNAVAILABLE: it cannot be written. */
enum status reliability_plot_write(struct arena *arena, const struct eval_report *report,
                                   const char *path, struct error *err) MUST_CHECK;
