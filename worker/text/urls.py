"""Canonical URLs: one address per article, whatever link led to it."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

# Query parameters that say where a reader came from, never what the page is
# (the names are those that the analytics and advertising vendors document).
_TRACKING = re.compile(
    r"^(?:utm_\w+|mtm_\w+|pk_\w+|piwik_\w+|hsa_\w+|_hs\w+|oly_\w+|vero_\w+|at_\w+|ns_\w+|"
    r"fbclid|gclid|gclsrc|dclid|gbraid|wbraid|msclkid|yclid|ysclid|twclid|ttclid|igshid|igsh|li_fat_id|mc_cid|mc_eid|"
    r"mkt_tok|_ga|_gl|_openstat|cmpid|icid|ocid|ito|sr_share|s_cid|ref|ref_src|ref_url|referrer|"
    r"smid|smtyp|share|shared|guccounter|guce_\w+|feature|spm|xtor|wt_\w+|amp|outputtype|isamp)$",
    re.IGNORECASE,
)
_AMP_TAIL = re.compile(r"(?:/amp/?|\.amp)$|\.amp(?=\.html?$)", re.IGNORECASE)
_AMP_HEAD = re.compile(r"^/amp(?=/.)", re.IGNORECASE)
_MOBILE = re.compile(r"^(?:m|mobile|amp|touch)\.(?=[^.]+\.)", re.IGNORECASE)


def canonical_url(url: str) -> str | None:
    """The URL without tracking parameters, fragment, AMP and mobile variants; None if it is none.

    Scheme http becomes https, the host lower case without default port and `www.`; parameters are
    sorted; a trailing slash is dropped. The result names the article; it need not be fetchable.
    """
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not host:
        return None
    host = _MOBILE.sub("", host.rstrip(".").removeprefix("www.")).removeprefix("www.")
    if port not in (None, 80, 443):
        host = f"{host}:{port}"
    path = _AMP_HEAD.sub("", _AMP_TAIL.sub("", re.sub(r"/{2,}", "/", parts.path))).rstrip("/")
    kept = sorted((k, v) for k, v in parse_qsl(parts.query, keep_blank_values=True) if not _TRACKING.match(k))
    return urlunsplit(("https", host, path or "/", urlencode(kept), ""))
