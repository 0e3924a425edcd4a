#include "command/reliability_plot.h"

#include "command/command.h"
#include "command/model_card.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* In pixels. A panel is a square plot with room around it for its title, ticks and axis names. */
enum {
    SIDE = 360,
    LEFT = 64,
    TOP = 74,
    RIGHT = 40,
    BOTTOM = 60,
    PANEL_WIDTH = LEFT + SIDE + RIGHT,
    PANEL_HEIGHT = TOP + SIDE + BOTTOM,
    HEADING = 64, /* above the panels */
    LEGEND = 34,  /* below them */
    TICKS = 5
};

static const char style[] =
    "<style>"
    "svg{background:#fff;color:#1d2430;font-family:system-ui,sans-serif;font-size:12px}"
    ".back{fill:#fff}.bar{fill:#3b6fb6}.missing{fill:#d9822b}.beyond{fill:#7fb2a1}"
    ".grid{stroke:#1d2430;stroke-opacity:.14}.axis{stroke:#1d2430;stroke-opacity:.6;fill:none}"
    ".ideal{stroke:#1d2430;stroke-dasharray:5 4;stroke-width:1.5}"
    ".title{font-size:17px;font-weight:600}.name{font-size:14px;font-weight:600}"
    ".few{font-size:9px;paint-order:stroke;stroke:#fff;stroke-width:3px}.soft{fill-opacity:.72}"
    "text{fill:#1d2430}"
    "@media(prefers-color-scheme:dark){"
    "svg{background:#161b22;color:#e6ebf2}.back{fill:#161b22}.bar{fill:#6ea3e8}.few{stroke:#161b22}"
    ".missing{fill:#d98a3d}.beyond{fill:#5fa08c}.grid,.axis,.ideal{stroke:#e6ebf2}text{fill:#"
    "e6ebf2}}"
    "</style>";

static double x_of(double share)
{
    return LEFT + SIDE * share;
}

static double y_of(double share)
{
    return TOP + SIDE * (1.0 - share);
}

static void add_text(struct buf *out, double x, double y, const char *manner, const char *text)
{
    buf_format(out, "<text x=\"%.1f\" y=\"%.1f\" %s>", x, y, manner);
    for (const char *at = text; *at != '\0'; at++)
        if (*at == '<')
            buf_add_z(out, "&lt;");
        else if (*at == '&')
            buf_add_z(out, "&amp;");
        else
            buf_add_byte(out, *at);
    buf_add_z(out, "</text>");
}

static void add_line(struct buf *out, const char *manner, const double ends[static 4])
{
    buf_format(out, "<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>", manner,
               ends[0], ends[1], ends[2], ends[3]);
}

static void add_axes(struct buf *out)
{
    for (int i = 0; i <= TICKS; i++) {
        double share = (double)i / TICKS;
        char tick[16];
        snprintf(tick, sizeof tick, "%d %%", 100 * i / TICKS);
        add_line(out, "grid", (double[]){x_of(0), y_of(share), x_of(1), y_of(share)});
        add_text(out, x_of(0) - 8, y_of(share) + 4, "text-anchor=\"end\" class=\"soft\"", tick);
        add_text(out, x_of(share), y_of(0) + 18, "text-anchor=\"middle\" class=\"soft\"", tick);
    }
    buf_format(out, "<path class=\"axis\" d=\"M%.1f %.1fV%.1fH%.1f\"/>", x_of(0), y_of(1), y_of(0),
               x_of(1));
    add_text(out, x_of(0.5), y_of(0) + 42, "text-anchor=\"middle\"", "confidence");
    buf_format(out, "<g transform=\"rotate(-90 %d %.1f)\">", LEFT - 48, y_of(0.5));
    add_text(out, LEFT - 48, y_of(0.5), "text-anchor=\"middle\"", "accuracy");
    buf_add_z(out, "</g>");
}

static void add_box(struct buf *out, const char *manner, double left, double low, double high)
{
    buf_format(out, "<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>",
               manner, x_of(left) + 1.5, y_of(high), (double)SIDE / CALIBRATION_BINS - 3.0,
               SIDE * (high - low));
}

/* Up to the accuracy or to what the confidence promised, whichever is less; then what is missing to
 * the promise, or what went beyond it. */
static void add_bar(struct buf *out, const struct calibration_bin *bin, double left)
{
    double low = fmin(bin->accuracy, bin->confidence), high = fmax(bin->accuracy, bin->confidence);
    buf_format(out, "<g><title>%zu rows, confidence %.1f %% in the mean, accuracy %.1f %%</title>",
               bin->rows, 100 * bin->confidence, 100 * bin->accuracy);
    add_box(out, "bar", left, 0, low);
    add_box(out, bin->accuracy < bin->confidence ? "missing" : "beyond", left, low, high);
    buf_add_z(out, "</g>");
}

static void add_count(struct buf *out, const struct calibration_bin *bin, double left)
{
    char count[24];
    snprintf(count, sizeof count, "%zu", bin->rows);
    add_text(out, x_of(left + 0.5 / CALIBRATION_BINS),
             y_of(fmax(bin->accuracy, bin->confidence)) - 4, "text-anchor=\"middle\" class=\"few\"",
             count);
}

static void add_bins(struct buf *out, const struct calibration_bin *bins,
                     void (*add)(struct buf *, const struct calibration_bin *, double))
{
    for (int i = 0; i < CALIBRATION_BINS; i++)
        if (bins[i].rows > 0)
            add(out, &bins[i], (double)i / CALIBRATION_BINS);
}

static void add_panel(struct buf *out, const struct evaluation *figures, size_t at)
{
    char about[96];
    snprintf(about, sizeof about, "%zu rows, accuracy %.1f %%, calibration error %.3f",
             figures->rows, 100 * figures->accuracy, figures->calibration_error);
    buf_format(out, "<g transform=\"translate(%zu %d)\">", at * PANEL_WIDTH, HEADING);
    add_text(out, LEFT, TOP - 42, "class=\"name\"", head_name(figures->head));
    add_text(out, LEFT, TOP - 24, "class=\"soft\"", about);
    add_axes(out);
    add_bins(out, figures->bins, add_bar);
    add_line(out, "ideal", (double[]){x_of(0), y_of(0), x_of(1), y_of(1)});
    add_bins(out, figures->bins, add_count);
    buf_add_z(out, "</g>");
}

static void add_legend(struct buf *out)
{
    static const struct {
        const char *manner, *text;
        int x;
    } rows[] = {{"bar", "accuracy", 0},
                {"missing", "too sure by so much", 86},
                {"beyond", "too modest by so much", 228}};
    int y = HEADING + PANEL_HEIGHT + 6;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int x = LEFT + rows[i].x;
        buf_format(out, "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"12\" height=\"12\"/>",
                   rows[i].manner, x, y);
        add_text(out, x + 17, y + 10, "class=\"soft\"", rows[i].text);
    }
}

static const char *file_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

static void draw(struct buf *out, struct arena *arena, const struct eval_report *report)
{
    size_t width = report->count * PANEL_WIDTH;
    int height = HEADING + PANEL_HEIGHT + LEGEND;
    buf_format(out,
               "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%zu\" height=\"%d\""
               " viewBox=\"0 0 %zu %d\" role=\"img\"><title>Reliability diagram</title>",
               width, height, width, height);
    buf_add_z(out, style);
    buf_add_z(out, "<rect class=\"back\" width=\"100%\" height=\"100%\"/>");
    add_text(out, LEFT, 34, "class=\"title\"", "How far confidence can be trusted");
    str about = str_format(arena, "%s on %s; numbers above the bars are rows", report->model,
                           file_name(report->path));
    add_text(out, LEFT, 54, "class=\"soft\"", str_z(arena, about));
    for (size_t i = 0; i < report->count; i++)
        add_panel(out, &report->heads[i], i);
    add_legend(out);
    buf_add_z(out, "</svg>\n");
}

enum status reliability_plot_write(struct arena *arena, const struct eval_report *report,
                                   const char *path, struct error *err)
{
    struct buf out;
    buf_init(&out, arena, COMMAND_OUTPUT);
    draw(&out, arena, report);
    FILE *file = fopen(path, "we");
    if (file == NULL)
        return fail(err, STATUS_UNAVAILABLE, "cannot write '%s': %s", path, strerror(errno));
    bool is_written = fwrite(out.bytes, 1, out.length, file) == out.length;
    is_written = fclose(file) == 0 && is_written;
    return is_written ? STATUS_OK : fail(err, STATUS_UNAVAILABLE, "cannot write all of '%s'", path);
}
