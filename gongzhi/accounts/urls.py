"""Addresses of accounts."""

from django.urls import path

from gongzhi.accounts.views import api_tokens, grants, me, people, signing

app_name = "accounts"
urlpatterns = [
    path("sign-in", signing.sign_in, name="sign-in"),
    path("sign-in/code", signing.second_factor, name="second-factor"),
    path("sign-out", signing.sign_out, name="sign-out"),
    path("register", signing.register, name="register"),
    path("forgotten", signing.forgotten, name="forgotten"),
    path("me", me.me, name="me"),
    path("me/preferences", me.preferences, name="preferences"),
    path("me/password", me.password, name="password"),
    path("me/second-factor", me.second_factor, name="my-factor"),
    path("me/recovery-codes", me.recovery_codes, name="recovery-codes"),
    path("me/devices", me.devices, name="devices"),
    path("me/delegations", me.delegations, name="delegations"),
    path("me/delegations/new", me.delegate, name="delegate"),
    path("me/delegations/<int:pk>/end", me.end_delegation, name="end-my-delegation"),
    path("me/tokens", api_tokens.mine, name="tokens"),
    path("me/tokens/new", api_tokens.new, name="new-token"),
    path("me/tokens/<int:pk>/revoke", api_tokens.revoke, name="revoke-token"),
    path("people/tokens/<int:pk>/revoke", api_tokens.revoke_for, name="revoke-token-for"),
    path("people", people.people, name="people"),
    path("people/new", people.new, name="new"),
    path("people/posts", people.in_posts, name="in-posts"),
    path("people/<int:pk>", people.person, name="person"),
    path("people/<int:pk>/edit", people.edit, name="edit"),
    path("people/<int:pk>/code", people.one_time_code, name="code"),
    path("people/<int:pk>/lock", people.close, {"verb": "lock"}, name="lock"),
    path("people/<int:pk>/end", people.close, {"verb": "end"}, name="end"),
    path("people/<int:pk>/unlock", people.unlock, name="unlock"),
    path("people/<int:pk>/factor-off", people.factor_off, name="factor-off"),
    path("people/<int:pk>/duties/new", grants.add_duty, name="add-duty"),
    path("people/duties/<int:pk>/end", grants.end_duty, name="end-duty"),
    path("people/<int:pk>/delegations/new", grants.add_delegation, name="add-delegation"),
    path("people/delegations/<int:pk>/end", grants.end_delegation, name="end-delegation"),
    path("residents/confirm", grants.confirm, name="confirm"),
]
