#include "dash/dash.h"

extern const char asset_index[], asset_index_end[], asset_style[], asset_style_end[], asset_icon[],
    asset_icon_end[], asset_script[], asset_script_end[];

static const struct asset {
    const char *path, *type;
    const char *from, *to;
} assets[] = {
    {"/", "text/html; charset=utf-8", asset_index, asset_index_end},
    {"/assets/app.css", "text/css; charset=utf-8", asset_style, asset_style_end},
    {"/assets/icon.svg", "image/svg+xml", asset_icon, asset_icon_end},
    {"/assets/app.js", "text/javascript; charset=utf-8", asset_script, asset_script_end},
};

static const char policy[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

static void answer(const struct asset *asset, struct http_response *response)
{
    response->status = 200;
    response->content_type = str_from_z(asset->type);
    response->body = (str){asset->from, (size_t)(asset->to - asset->from)};
    http_add_header(response, STR("Content-Security-Policy"), str_from_z(policy));
    http_add_header(response, STR("X-Content-Type-Options"), STR("nosniff"));
    http_add_header(response, STR("Referrer-Policy"), STR("no-referrer"));
    http_add_header(response, STR("Cache-Control"), STR("no-cache"));
}

bool dash_answer(const struct http_request *request, struct http_response *response)
{
    if (!str_equal(request->method, STR("GET")) && !str_equal(request->method, STR("HEAD")))
        return false;
    for (size_t i = 0; i < sizeof assets / sizeof assets[0]; i++)
        if (str_equal_z(request->path, assets[i].path)) {
            answer(&assets[i], response);
            return true;
        }
    return false;
}
