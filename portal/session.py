"""How long one stays signed in, as the script of every page asks for it.

A page knows from its frame when its session ends, and asks here before it says so. Asking is no
activity; pressing *Stay signed in* is.
"""

from django.http import HttpRequest, JsonResponse
from django.middleware.csrf import get_token
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from portal.access import public
from portal.sign_off import Left, left, sign_of


@public("A page's script asks whether one is still signed in, and for how long.")
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def session(request: HttpRequest) -> JsonResponse:
    """Whether, as whom and for how long this browser is signed in; POST is *Stay signed in*."""
    rest = left(request.session) if request.user.is_authenticated else Left(0, False)
    answer = {
        "signed_in": request.user.is_authenticated,
        "person": sign_of(request.user),
        "csrf": get_token(request),
        "ends_in": rest.seconds,
        "last": rest.last,
    }
    return JsonResponse(answer)
