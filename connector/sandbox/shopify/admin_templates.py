"""The admin's pages, as a merchant sees them. The template engine escapes what is shown."""

FRAME = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ shop }} · Admin</title>
<style>
:root{color-scheme:light;font:16px/1.5 system-ui,sans-serif;color:#1a1a1a;background:#f1f1f1}
body{max-width:40rem;margin:0 auto;padding:1rem}
.note{background:#fff3c4;border-radius:.5rem;padding:.5rem .8rem;font-size:.9rem}
.box{background:#fff;border-radius:.7rem;padding:1rem;margin:1rem 0}
h1{font-size:1.4rem} h2{font-size:1.1rem;margin:.2rem 0}
button,a.button{font:inherit;display:inline-block;padding:.5rem 1rem;border:0;
border-radius:.5rem;background:#1a1a1a;color:#fff;text-decoration:none;margin:.2rem .3rem .2rem 0}
button.quiet,a.quiet{background:#e3e3e3;color:#1a1a1a} button.bad{background:#8e1f0b}
label{display:block}
</style></head><body>
<p class="note">This is the admin of a sandbox store: nothing is sold, and no money moves.</p>
{% block main %}{% endblock %}
</body></html>"""

GRANT = """{% extends "frame" %}{% block main %}
<h1>Install {{ app }}</h1>
<p>{{ app }} wants to work in <strong>{{ shop }}</strong>. It will be able to:</p>
<ul class="box">{% for one in wanted %}<li><code>{{ one }}</code></li>{% endfor %}</ul>
<form method="post" action="/admin/oauth/authorize">
{% for name, value in given.items() %}<input type="hidden" name="{{ name }}" value="{{ value }}">
{% endfor %}<input type="hidden" name="scope" value="{{ wanted|join(',') }}">
<button name="then" value="install">Install app</button>
<button class="quiet" name="then" value="cancel">Cancel</button></form>{% endblock %}"""

ERROR = """{% extends "frame" %}{% block main %}
<h1>Something is wrong with this request</h1>
<p class="box">{{ message }}</p><p><a href="/admin">Back to the admin</a></p>{% endblock %}"""

HOME = """{% extends "frame" %}{% block main %}
<h1>{{ shop }}: apps</h1>
<div class="box">{% if installed %}<h2>{{ app }}</h2>
<p>Installed.{% if not granted %} With a token of its developer: no merchant was asked.{% endif %}
</p>
<a class="button" href="/admin/apps/open">Open {{ app }}</a>
<form method="post" action="/admin/apps/uninstall">
<button class="bad">Uninstall</button></form>
{% else %}<p>No app is installed.</p>{% endif %}
<a class="button quiet" href="/admin/apps/install">Install from the App Store</a></div>
{% if installed %}<form class="box" method="post" action="/admin/apps/scopes">
<h2>What {{ app }} may do</h2>
{% for one in known %}<label><input type="checkbox" name="scope" value="{{ one }}"
{% if one in held %}checked{% endif %}> {{ one }}</label>{% endfor %}
<button class="quiet">Save</button></form>{% endif %}
<p><a href="/">To the shop</a></p>{% endblock %}"""

ALL = {"frame": FRAME, "grant": GRANT, "error": ERROR, "home": HOME}
