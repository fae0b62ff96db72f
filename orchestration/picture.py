"""A picture as Markdown, which Dagster's pages render as metadata: an SVG inside the text, so no plotting library."""

import base64

TEXT = 'font-family="sans-serif" font-size="12" fill="#4b5563"'
SMALL = 'font-family="sans-serif" font-size="11" fill="#6b7280"'
INK, PALE, GOOD, BAD = "#4f43dd", "#e9e7fb", "#1a9e77", "#d1495b"


def picture(title: str, width: int, height: int, body: str) -> str:
    """An image of `body`, SVG elements on white; `title` is read out where no image can be shown."""
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}">'
        f'<rect width="100%" height="100%" fill="#ffffff"/>{body}</svg>'
    )
    alt = title.replace("[", "(").replace("]", ")")
    return f"![{alt}](data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()})"
