// Small profiles for the tests, written as profile.proto.

function varint(n) {
  const out = [];
  let v = BigInt.asUintN(64, BigInt(n));
  do {
    const low = Number(v & 127n);
    v >>= 7n;
    out.push(v ? low | 128 : low);
  } while (v);
  return out;
}

const field = (number, bytes) => [...varint((number << 3) | 2), ...varint(bytes.length), ...bytes];
const scalar = (number, value) => [...varint(number << 3), ...varint(value)];

// samples: [{stack: ['name' or {name, file, line, inline}], values, labels: {key: text or number}}],
// stacks from the root; frames with inline hang on the one before.
export function encode({ types, samples, file = '/bin/server' }) {
  const strings = new Map([['', 0]]);
  const text = (s) => {
    if (!strings.has(s)) strings.set(s, strings.size);
    return strings.get(s);
  };
  const functions = new Map();
  const locations = new Map();
  const functionOf = (f) => {
    const key = `${f.name}\n${f.file || ''}`;
    if (!functions.has(key)) {
      const id = functions.size + 1;
      functions.set(key, [
        id,
        [
          ...scalar(1, id),
          ...scalar(2, text(f.name)),
          ...scalar(3, text(f.name)),
          ...scalar(4, text(f.file || '')),
        ],
      ]);
    }
    return functions.get(key)[0];
  };
  const locationOf = (frames) => {
    const key = JSON.stringify(frames);
    if (!locations.has(key)) {
      const id = locations.size + 1;
      const lines = frames
        .slice()
        .reverse()
        .flatMap((f) => field(4, [...scalar(1, functionOf(f)), ...scalar(2, f.line || 0)]));
      locations.set(key, [
        id,
        [...scalar(1, id), ...scalar(2, 1), ...scalar(3, 4096 + id * 16), ...lines],
      ]);
    }
    return locations.get(key)[0];
  };
  const body = [];
  for (const [type, unit] of types)
    body.push(...field(1, [...scalar(1, text(type)), ...scalar(2, text(unit))]));
  for (const s of samples) {
    const groups = [];
    for (const f of s.stack.map((x) => (typeof x === 'string' ? { name: x } : x))) {
      if (f.inline) groups[groups.length - 1].push(f);
      else groups.push([f]);
    }
    const one = [
      ...field(1, groups.map(locationOf).reverse().flatMap(varint)),
      ...field(2, s.values.flatMap(varint)),
    ];
    for (const [key, value] of Object.entries(s.labels || {})) {
      one.push(
        ...field(3, [
          ...scalar(1, text(key)),
          ...(typeof value === 'number' ? scalar(3, value) : scalar(2, text(value))),
        ]),
      );
    }
    body.push(...field(2, one));
  }
  body.push(
    ...field(3, [
      ...scalar(1, 1),
      ...scalar(2, 4096),
      ...scalar(3, 1 << 20),
      ...scalar(5, text(file)),
      ...scalar(7, 1),
      ...scalar(8, 1),
      ...scalar(9, 1),
    ]),
  );
  for (const [, bytes] of locations.values()) body.push(...field(4, bytes));
  for (const [, bytes] of functions.values()) body.push(...field(5, bytes));
  for (const s of strings.keys()) body.push(...field(6, [...Buffer.from(s)]));
  return Buffer.from(body);
}
