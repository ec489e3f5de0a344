#!/usr/bin/env python3
"""How readable our drawings are beside Graphviz's: edge crossings and area of the same graphs.

usage: layout.py PPROF [-o FOLDER] [PROFILE...]

Each profile (by default some that tests/data/gen.py makes) is drawn with several options twice: by
PPROF -svg, and by dot from PPROF -dot. Both pictures are measured alike: arrows as they are drawn, cut
into short straight pieces, counting the places where pieces of two arrows cross; and width times
height in points. Prints a table, its sums, and their ratios; exit 1 when a sum of ours is more than
1.2 times dot's. With -o the pictures are kept.
"""
import os
import re
import subprocess
import sys
import tempfile

OPTIONS = [['-nodecount=25'], ['-nodecount=12'], ['-lines', '-nodecount=20'], ['-files', '-nodecount=15'],
           ['-call_tree', '-nodecount=20'], ['-nodefraction=0.05', '-edgefraction=0.01']]
PATIENCE_S = 20
FONT = ['-Nfontname=Times', '-Efontname=Times', '-Gfontname=Times']  # the one we measure with
GENERATED = [['--samples', '40', '--funcs', '24', '--locs', '40', '--depth', '6'],
             ['--samples', '60', '--funcs', '30', '--locs', '60', '--depth', '5', '--seed', '3'],
             ['--samples', '30', '--funcs', '20', '--locs', '40', '--depth', '5', '--kind', 'heap',
              '--labels', '1', '--numlabels', '1'],
             ['--samples', '80', '--funcs', '40', '--locs', '80', '--depth', '4', '--seed', '7']]
PIECES = 12
LIMIT = 1.2


def numbers(text):
    return [float(n) for n in re.findall(r'-?\d+(?:\.\d+)?(?:e-?\d+)?', text)]


def bezier(a, b, c, d, t):
    u = 1 - t
    return tuple(u * u * u * a[i] + 3 * u * u * t * b[i] + 3 * u * t * t * c[i] + t * t * t * d[i]
                 for i in (0, 1))


def polyline(path):
    """The points of "M x y C ..." with every curve cut into pieces."""
    values = numbers(path)
    points = list(zip(values[::2], values[1::2]))
    line = [points[0]]
    for i in range(1, len(points) - 2, 3):
        start = points[i - 1]
        line += [bezier(start, *points[i:i + 3], step / PIECES) for step in range(1, PIECES + 1)]
    return line


def edges(svg):
    found = []
    for group in re.findall(r'<g[^>]*class="edge"[^>]*>(.*?)</g>', svg, re.S):
        path = re.search(r'<path[^>]* d="([^"]+)"', group)
        if path:
            found.append(polyline(path[1]))
    return found


def side(a, b, p):
    return (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0])


def cross(a, b, c, d):
    return side(a, b, c) * side(a, b, d) < 0 and side(c, d, a) * side(c, d, b) < 0


def box(line):
    xs, ys = zip(*line)
    return min(xs), min(ys), max(xs), max(ys)


def apart(a, b):
    return a[2] < b[0] or b[2] < a[0] or a[3] < b[1] or b[3] < a[1]


def crossings(lines):
    boxes = [box(line) for line in lines]
    count = 0
    for i, one in enumerate(lines):
        for k in range(i):
            if apart(boxes[i], boxes[k]):
                continue
            pieces = [(p, q) for p, q in zip(lines[k], lines[k][1:]) if not apart(box((p, q)), boxes[i])]
            for a, b in zip(one, one[1:]):
                near = box((a, b))
                count += sum(not apart(near, box(piece)) and cross(a, b, *piece) for piece in pieces)
    return count


def area(svg):
    _, _, width, height = numbers(re.search(r'viewBox="([^"]+)"', svg)[1])
    return width * height


def run(command, data=None):
    try:
        done = subprocess.run(command, input=data, capture_output=True, timeout=PATIENCE_S, check=False)
    except subprocess.TimeoutExpired:
        return b''
    return done.stdout if done.returncode == 0 else b''


def draw(pprof, profile, options):
    """The two pictures of one graph, ours first; None without edges, or when dot takes too long."""
    common = [pprof, '-symbolize=none', *options]
    dot = run([*common, '-dot', profile])
    if b'->' not in dot:
        return None
    theirs = run(['dot', '-Tsvg', *FONT], dot).decode()
    return theirs and (run([*common, '-svg', profile]).decode('utf-8', 'replace'), theirs)


def generated(folder):
    gen = os.path.join(os.path.dirname(__file__), '..', 'tests', 'data', 'gen.py')
    for i, options in enumerate(GENERATED):
        file = os.path.join(folder, 'gen%d.pb.gz' % (i + 1))
        subprocess.run([sys.executable, gen, *options, file], check=True)
        yield file


def main():
    args = sys.argv[1:]
    keep = None
    if '-o' in args:
        at = args.index('-o')
        keep = args[at + 1]
        del args[at:at + 2]
    if not args:
        sys.exit(__doc__)
    sums = [0, 0, 0, 0]
    print('%-56s %6s %17s %21s' % ('graph', 'arrows', 'crossings: ours dot', 'area, 1000 pt2: ours dot'))
    with tempfile.TemporaryDirectory() as folder:
        for profile in args[1:] or generated(folder):
            for options in OPTIONS:
                pictures = draw(args[0], profile, options)
                if not pictures:
                    continue
                name = ' '.join([os.path.basename(profile), *options])
                lines = [edges(svg) for svg in pictures]
                row = [crossings(lines[0]), crossings(lines[1]), *(area(svg) / 1000 for svg in pictures)]
                sums = [a + b for a, b in zip(sums, row)]
                print('%-56s %6d %10d %6d %14.0f %8.0f' % (name, len(lines[1]), *row))
                for who, svg in zip(('ours', 'dot'), pictures):
                    if keep:
                        with open(os.path.join(keep, name.replace(' ', '') + '.' + who + '.svg'), 'w',
                                  encoding='utf-8') as file:
                            file.write(svg)
    ratios = [sums[0] / max(sums[1], 1), sums[2] / max(sums[3], 1)]
    print('%-56s %6s %10d %6d %14.0f %8.0f' % ('sum', '', *sums))
    print('ours / dot: crossings %.2f, area %.2f' % tuple(ratios))
    return 1 if max(ratios) > LIMIT else 0


sys.exit(main())
