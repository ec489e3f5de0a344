"""As much of Protocol Buffers' wire format as tests and benchmarks write and read."""


def varint(value):
    value &= (1 << 64) - 1
    out = bytearray()
    while value > 0x7f:
        out.append(value & 0x7f | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def number(field, value):
    """A field that is a number; nothing when it is 0, as every writer does."""
    return varint(field << 3) + varint(value) if value else b''


def piece(field, data):
    """A field of bytes, such as a message or a text."""
    return varint(field << 3 | 2) + varint(len(data)) + data


def read_varint(data, at):
    """The number at that place, and the place behind it."""
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7f) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def fields(data):
    """(number, value, start, end) of each field; the value is a number or bytes."""
    at = 0
    while at < len(data):
        start = at
        key, at = read_varint(data, at)
        kind = key & 7
        if kind == 0:
            value, at = read_varint(data, at)
        elif kind == 1:
            value, at = int.from_bytes(data[at:at + 8], 'little'), at + 8
        elif kind == 2:
            size, at = read_varint(data, at)
            if at + size > len(data):
                raise ValueError('a field reaches beyond its message')
            value, at = data[at:at + size], at + size
        else:
            raise ValueError(f'wire type {kind}')
        yield key >> 3, value, start, at
