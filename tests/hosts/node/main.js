// Calls the addon that leaks, from functions that get hot. usage: main.js ADDON COUNT
'use strict';
const addon = require(process.argv[2]);

function spinJavascript(rounds) {
    let sum = 0;
    for (let i = 0; i < rounds; i++) {
        sum = (sum * 31 + i) % 1000003;
    }
    return sum;
}

function leakFromJavascript() {
    addon.leak();
    return spinJavascript(2000);
}

let sum = 0;
for (let i = 0; i < Number(process.argv[3]); i++) {
    sum += leakFromJavascript();
}
console.log('done', sum > 0);
let over = false;
process.stdin.on('data', () => { over = true; });
(function work() {
    spinJavascript(2000000);
    if (!over) {
        setImmediate(work);
    } else {
        process.exit(0);
    }
})();
