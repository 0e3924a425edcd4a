/* The bytes of the dashboard's files, each between `name` and `name_end`. */
#define ASSET(name, path)                                                                          \
        .globl name, name##_end;                                                                   \
name:   .incbin path;                                                                              \
name##_end:

        .section .rodata
ASSET(asset_index, "web/index.html")
ASSET(asset_style, "web/app.css")
ASSET(asset_icon, "web/icon.svg")
ASSET(asset_script, "web/app.js")
        .section .note.GNU-stack, "", %progbits
