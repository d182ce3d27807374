"""What the codes of telling people are called: who is told, by what way, and how it ended."""

from __future__ import annotations

from services.desk.web.language import N_

AUDIENCE = {
    "household": N_("Household"),
    "submitter": N_("Submitter"),
    "bank": N_("Bank"),
    "authority": N_("Authority"),
    "department": N_("Department"),
}
DELIVERY = {"sent": N_("Sent"), "failed": N_("Given up"), "held": N_("Held")}
CHANNEL = {
    "webhook": N_("Webhook"),
    "email": N_("E-mail"),
    "sms": N_("Text message"),
    "wechat": N_("WeChat"),
    "door": N_("Kafka door"),
    "feed": N_("Fetched by the partner"),
    "call_list": N_("Call list"),
    "desk": N_("Desk"),
}
CALL = {
    "reached": N_("Reached"),
    "not_reached": N_("Not reached"),
    "wrong_number": N_("Wrong number"),
    "refused": N_("Does not want to be called"),
    "delivered": N_("It has come"),
    "bounced": N_("It has not come"),
}
FAILURE = {
    "given_up": N_("tried as often as allowed"),
    "expired": N_("too late to be of use"),
    "gone": N_("the address is closed for good"),
    "no_webhook": N_("no usable webhook"),
    "private_address": N_("the webhook leads inside"),
    "no_contact": N_("no such contact"),
    "no_address": N_("no such contact"),
    "no_template": N_("no approved words"),
    "erased": N_("data erased"),
    "messages_not_allowed": N_("consent for messages taken back"),
    "seal_broken": N_("the seal is broken"),
    "timeout": N_("no answer in time"),
    "bounced": N_("came back"),
    "rejected": N_("refused by the channel"),
    "not_reached": N_("not reached"),
    "wrong_number": N_("wrong number"),
    "refused": N_("refused"),
}
