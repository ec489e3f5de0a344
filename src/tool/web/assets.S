/* The checked-in bundle (web/dist), byte for byte. */
    .section .rodata
    .macro asset name, file
    .global \name
    .type \name, %object
    .hidden \name
    .balign 16
\name:
    .incbin "\file"
    .size \name, . - \name
    .global \name\()_end
    .hidden \name\()_end
\name\()_end:
    .byte 0
    .endm

    asset pp_web_app_js, "../web/dist/app.js"
    asset pp_web_app_css, "../web/dist/app.css"
    asset pp_web_chart_js, "../web/dist/chart.js"
    asset pp_web_icon_svg, "../web/dist/icon.svg"
    asset pp_web_flame_js, "../web/dist/flame.js"

    .section .note.GNU-stack, "", %progbits
