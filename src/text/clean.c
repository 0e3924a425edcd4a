/* Cleaning, in an order that makes a second cleaning find nothing to do: what entities hid may be
 * invisible too, so normalise again; and what then looks like a tag is made not to. */
#include "text/html.h"
#include "text/text.h"

str text_clean(struct arena *arena, str text)
{
    str clean = text_normalize(arena, text);
    if (text_is_html(clean))
        clean = html_disarm(arena, text_normalize(arena, text_from_html(arena, clean)));
    return str_trim(clean);
}
