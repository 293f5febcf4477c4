"""Register, log in, and set a forgotten password: each step that needs the phone is built on a proof of otp-verify."""

import os
import re
import secrets

from flask import Flask, redirect, render_template, request, session, url_for

import otp
import passwords
from accounts import Accounts
from proofs import ProofRefused, claims_of

app = Flask(__name__)
app.secret_key = os.environ.get("ACCOUNTS_SECRET_KEY") or secrets.token_bytes(32)
app.config.update(SESSION_COOKIE_SAMESITE="Lax", MAX_CONTENT_LENGTH=16384)
accounts = Accounts(os.environ["ACCOUNTS_DATABASE"])

# What a code may be used for. A proof for one of them is good for no other.
REGISTER, LOG_IN, RESET = "register", "log-in", "reset"


def number_in(form):
    return re.sub(r"[^+0-9]", "", form.get("number", ""))


def ask_for_code(purpose, number, may_be_texted=True):
    """Texts a code, and remembers in the session what it is for. A number that may not be texted gets the same page, so for RESET the page
    must not tell that a text was refused either: only numbers with an account are asked for."""
    try:
        if may_be_texted:
            otp.send(number, purpose, request.host.partition(":")[0], request.remote_addr)
    except otp.Refused:
        if purpose != RESET:
            raise
    session["asked"] = {"number": number, "purpose": purpose}
    return redirect(url_for("code"))


@app.get("/")
def home():
    return render_template("home.html", number=session.get("account"))


@app.route("/register", methods=["GET", "POST"])
def register():
    if request.method == "GET":
        return render_template("number.html", title="Register")
    try:
        return ask_for_code(REGISTER, number_in(request.form))
    except otp.Refused as why:
        return render_template("number.html", title="Register", error=why), 400


@app.route("/forgot", methods=["GET", "POST"])
def forgot():
    if request.method == "GET":
        return render_template("number.html", title="Forgotten password")
    number = number_in(request.form)
    return ask_for_code(RESET, number, accounts.has(number))  # Whether it has an account is nobody else's business.


@app.route("/log-in", methods=["GET", "POST"])
def log_in():
    if request.method == "GET":
        return render_template("log_in.html")
    number = number_in(request.form)
    if not passwords.is_right(request.form.get("password", ""), accounts.password_hash(number)):
        return render_template("log_in.html", error="The number or the password is not right."), 403
    try:
        answer = ask_for_code(LOG_IN, number)
    except otp.Refused as why:
        return render_template("log_in.html", error=why), 400
    session["password_given_for"] = number
    return answer


@app.route("/code", methods=["GET", "POST"])
def code():
    asked = session.get("asked")
    if asked is None:
        return redirect(url_for("home"))
    if request.method == "GET":
        return render_template("code.html", number=asked["number"])
    try:
        proof = otp.check(asked["number"], asked["purpose"], request.form.get("code", ""))
        if asked["purpose"] == LOG_IN:
            return finish_log_in(proof)
    except (otp.Refused, ProofRefused) as why:
        error = otp.WRONG if asked["purpose"] == RESET else why  # as of a number that was never texted
        return render_template("code.html", number=asked["number"], error=error), 400
    del session["asked"]
    return render_template("password.html", proof=proof)


@app.post("/code/again")
def code_again():
    asked = session.get("asked")
    if asked is None:
        return redirect(url_for("home"))
    try:
        may_be_texted = asked["purpose"] != RESET or accounts.has(asked["number"])
        return ask_for_code(asked["purpose"], asked["number"], may_be_texted)
    except otp.Refused as why:
        return render_template("code.html", number=asked["number"], error=why), 400


def finish_log_in(proof):
    claims = claims_of(proof, LOG_IN)
    if session.get("password_given_for") != claims["sub"] or not accounts.log_in(claims):
        raise ProofRefused("Log in once more, from the start.")
    session.clear()
    session["account"] = claims["sub"]
    return redirect(url_for("home"))


@app.post("/password")
def password():
    """A browser brings the proof here; who brings it owns the number, whatever else the browser says."""
    chosen = request.form.get("password", "")
    proof = request.form.get("proof", "")
    try:
        claims = claims_of(proof, REGISTER, RESET)
    except ProofRefused as why:
        return render_template("refused.html", error=why), 403
    if fault := passwords.fault_of(chosen):
        return render_template("password.html", proof=proof, error=fault), 400
    save = accounts.register if claims["purpose"] == REGISTER else accounts.reset
    if refused := save(claims, passwords.hashed(chosen)):
        return render_template("refused.html", error=refused), 403
    session.clear()
    session["account"] = claims["sub"]
    return redirect(url_for("home"))


@app.post("/log-out")
def log_out():
    session.clear()
    return redirect(url_for("home"))


@app.after_request
def keep_pages_private(answer):
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Content-Security-Policy"] = "default-src 'self'; frame-ancestors 'none'; form-action 'self'"
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer
