"""The desk."""
from flask import Blueprint

blueprint = Blueprint("desk", __name__, url_prefix="/desk")
