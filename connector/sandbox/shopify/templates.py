"""The shop's pages. Everything shown is escaped by the template engine."""

FRAME = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{% block title %}{{ shop }}{% endblock %}</title>
<style>
:root{color-scheme:light;font:16px/1.5 system-ui,sans-serif;color:#222;background:#f6f4ef}
body{max-width:46rem;margin:0 auto;padding:1rem}
.note{background:#fff3c4;border-radius:.5rem;padding:.5rem .8rem;font-size:.9rem}
header{display:flex;justify-content:space-between;align-items:baseline;gap:1rem;flex-wrap:wrap}
h1{font-size:1.5rem;margin:.6rem 0} a{color:#1b5e3c}
.goods{display:grid;grid-template-columns:repeat(auto-fill,minmax(13rem,1fr));gap:1rem;padding:0}
.goods li,form.box,.box{list-style:none;background:#fff;border-radius:.7rem;padding:1rem}
.goods img{width:100%;height:auto;border-radius:.5rem} .box{margin:1rem 0}
table{width:100%;border-collapse:collapse} td{padding:.35rem 0} td:last-child{text-align:right}
tr.sum td{border-top:1px solid #ccc;font-weight:600}
label{display:block;margin:.5rem 0} input:not([type=checkbox]){width:100%;padding:.5rem;
font:inherit;border:1px solid #bbb;border-radius:.4rem;box-sizing:border-box}
button{font:inherit;padding:.6rem 1rem;border:0;border-radius:.5rem;background:#1b5e3c;color:#fff;
width:100%;margin:.3rem 0} button.quiet{background:#e6e2d8;color:#222}
.bad{color:#a1260d}
</style></head><body>
<p class="note">This is a sandbox store: nothing is sold, and no money moves.</p>
<header><h1><a href="/">{{ shop }}</a></h1><a href="/cart">Your cart ({{ count }})</a></header>
{% block main %}{% endblock %}
</body></html>"""

HOME = """{% extends "frame" %}{% block main %}
<ul class="goods">{% for p in products %}<li>
<a href="/products/{{ p.handle }}"><img src="/images/{{ p.handle }}.svg" alt=""></a>
<p><strong>{{ p.title }}</strong><br>{{ p.variant }} {{ p.price }}</p>
<form method="post" action="/cart/add"><input type="hidden" name="variant" value="{{ p.id }}">
<button>Add to cart</button></form></li>{% endfor %}</ul>{% endblock %}"""

CART = """{% extends "frame" %}{% block main %}
{% if message %}<p class="box">{{ message }}</p>{% endif %}
<div class="box"><table>{% for line in lines %}
<tr><td>{{ line.quantity }} × {{ line.title }}</td><td>{{ line.price }}</td></tr>{% endfor %}
{% if shipping %}<tr><td>Shipping</td><td>{{ shipping }}</td></tr>{% endif %}
{% for code, less in used.items() %}<tr><td>Code {{ code }}</td>
<td>−{{ less }}</td></tr>{% endfor %}
{% for code, reason in refusals.items() %}<tr><td>Code {{ code }}
<span class="bad">{{ reason }}</span></td><td></td></tr>{% endfor %}
<tr class="sum"><td>Total</td><td>{{ total }}</td></tr></table></div>
{% if lines %}
<form class="box" method="post" action="/checkout">
<label>E-mail <input name="email" type="email" value="{{ cart.email }}"></label>
<label><input type="checkbox" name="accepts_email" {% if cart.accepts_email %}checked{% endif %}>
E-mail me with news and offers</label>
<label>Phone <input name="phone" type="tel" value="{{ cart.phone }}"
placeholder="+12025550143"></label>
<label><input type="checkbox" name="accepts_sms" {% if cart.accepts_sms %}checked{% endif %}>
Text me with news and offers</label>
<label>First name <input name="first_name" value="{{ cart.first_name }}"></label>
<label>Last name <input name="last_name" value="{{ cart.last_name }}"></label>
<label>Discount code <input name="code" value="{{ cart.code }}"></label>
<button class="quiet" name="then" value="stay">Continue to payment</button>
<button name="then" value="pay">Pay {{ total }}</button></form>
<p>Or just walk away: close this page, and see what comes.</p>
{% else %}<p>Your cart is empty. <a href="/">Look around</a>.</p>{% endif %}{% endblock %}"""

PRODUCT = """{% extends "frame" %}{% block main %}
<div class="box"><img src="/images/{{ p.handle }}.svg" alt="" width="300" height="300">
<h2>{{ p.title }}</h2><p>{{ p.variant }} {{ p.price }}</p>
<form method="post" action="/cart/add"><input type="hidden" name="variant" value="{{ p.id }}">
<button>Add to cart</button></form></div>{% endblock %}"""

MESSAGE = """{% extends "frame" %}{% block main %}
<p class="box">{{ message }}</p><p><a href="/">Back to the shop</a></p>{% endblock %}"""

ALL = {"frame": FRAME, "home": HOME, "cart": CART, "product": PRODUCT, "message": MESSAGE}
