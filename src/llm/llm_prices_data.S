/* The table of prices that is laid into the program. */
        .section .rodata
        .globl llm_prices_text, llm_prices_text_end
llm_prices_text:
        .incbin "prices/models.txt"
llm_prices_text_end:
        .section .note.GNU-stack, "", %progbits
