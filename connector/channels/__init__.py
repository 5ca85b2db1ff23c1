"""The ways to reach a person, one adapter a vendor. How to add one: ADDING.md beside this."""

from connector.channels.smtp import Smtp
from connector.channels.twilio import Twilio
from connector.ports.channel import Channel

CHANNELS: dict[str, type[Channel]] = {
    Smtp.kind: Smtp,
    Twilio.kind: Twilio,
}
