/* The bytes of the prompts that come with Hark, each between `name` and `name_end`. */
#define PROMPT(name, path)                                                                         \
        .globl name, name##_end;                                                                   \
name:   .incbin path;                                                                              \
name##_end:

        .section .rodata
PROMPT(prompt_classify_v1, "prompts/classify.v1.md")
        .section .note.GNU-stack, "", %progbits
