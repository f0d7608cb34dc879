"""Headers that let players and pages of any origin in."""

from __future__ import annotations

from aiohttp import web

# Whoever has an address may play it from any page; no cookie or header of theirs is looked at.
OPEN = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": (
        "Content-Length, Content-Range, Accept-Ranges, ETag, Last-Modified, Content-Disposition"
    ),
    # Pages that isolate themselves load nothing from elsewhere without this.
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "private",
}
_PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
    "Access-Control-Allow-Headers": (
        "Range, If-Range, If-Match, If-None-Match, If-Modified-Since, If-Unmodified-Since"
    ),
    "Access-Control-Max-Age": "86400",
}


async def preflight(_: web.Request) -> web.StreamResponse:
    """Tells pages of other origins that they may ask."""
    return web.Response(status=204, headers={**OPEN, **_PREFLIGHT})
