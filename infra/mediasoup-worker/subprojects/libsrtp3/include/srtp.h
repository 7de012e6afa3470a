/*
 * The libsrtp 3 calls that mediasoup-worker makes, carried out by libsrtp 2,
 * which is what Debian packages. The two differ in three ways:
 *
 *   - a policy is an opaque handle with setters in 3, a plain struct in 2;
 *   - (un)protect reads one buffer and writes another in 3, works in place in 2;
 *   - some names, and two error codes.
 *
 * Left out, because mediasoup does not use them: MKI, cryptex, encrypted header
 * extensions, several keys per stream.
 */
#ifndef MERIDIAN_SRTP3_ON_SRTP2_H
#define MERIDIAN_SRTP3_ON_SRTP2_H

#include <srtp2/srtp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Codes that are new in 3. mediasoup has a text for them; libsrtp 2 returns neither. */
#define srtp_err_status_buffer_small ((srtp_err_status_t)28)
#define srtp_err_status_cryptex_err ((srtp_err_status_t)29)

/* The SRTCP index, which srtp_protect_rtcp adds on top of the SRTP trailer. */
#define SRTP3_RTCP_INDEX_LEN 4

struct srtp3_policy {
  srtp_policy_t plain;
  size_t key_len;
  size_t salt_len;
  unsigned char key_and_salt[SRTP_MAX_KEY_LEN];
};

typedef struct srtp3_policy *srtp3_policy_t;

static inline srtp_err_status_t srtp3_policy_create(srtp3_policy_t *out) {
  srtp3_policy_t policy = (srtp3_policy_t)calloc(1, sizeof(struct srtp3_policy));

  if (policy == NULL)
    return srtp_err_status_alloc_fail;

  policy->plain.key = policy->key_and_salt;
  *out = policy;

  return srtp_err_status_ok;
}

static inline void srtp3_policy_destroy(srtp3_policy_t policy) {
  if (policy == NULL)
    return;

  /* Through a volatile pointer, or the compiler drops the wiping of memory that is about to be freed. */
  volatile unsigned char *secret = policy->key_and_salt;

  for (size_t i = 0; i < sizeof(policy->key_and_salt); ++i)
    secret[i] = 0;

  free(policy);
}

static inline srtp_err_status_t srtp3_policy_set_ssrc(srtp3_policy_t policy, srtp_ssrc_t ssrc) {
  policy->plain.ssrc = ssrc;

  return srtp_err_status_ok;
}

static inline srtp_err_status_t srtp3_policy_set_profile(srtp3_policy_t policy, srtp_profile_t profile) {
  srtp_err_status_t status = srtp_crypto_policy_set_from_profile_for_rtp(&policy->plain.rtp, profile);

  if (status != srtp_err_status_ok)
    return status;

  policy->key_len = srtp_profile_get_master_key_length(profile);
  policy->salt_len = srtp_profile_get_master_salt_length(profile);

  return srtp_crypto_policy_set_from_profile_for_rtcp(&policy->plain.rtcp, profile);
}

static inline srtp_err_status_t srtp3_policy_add_key(
    srtp3_policy_t policy,
    const uint8_t *key,
    size_t key_len,
    const uint8_t *salt,
    size_t salt_len,
    const uint8_t *mki,
    size_t mki_len) {
  /* Sizes that do not fit the profile mean that mediasoup changed: refuse rather than truncate. */
  if (mki != NULL || mki_len != 0 || key_len != policy->key_len || salt_len != policy->salt_len ||
      key_len + salt_len > sizeof(policy->key_and_salt))
    return srtp_err_status_bad_param;

  memcpy(policy->key_and_salt, key, key_len);
  memcpy(policy->key_and_salt + key_len, salt, salt_len);

  return srtp_err_status_ok;
}

static inline srtp_err_status_t srtp3_policy_set_allow_repeat_tx(srtp3_policy_t policy, bool allow) {
  policy->plain.allow_repeat_tx = allow;

  return srtp_err_status_ok;
}

static inline srtp_err_status_t srtp3_policy_set_window_size(srtp3_policy_t policy, size_t size) {
  policy->plain.window_size = size;

  return srtp_err_status_ok;
}

static inline srtp_err_status_t srtp3_create(srtp_t *session, srtp3_policy_t policy) {
  return srtp_create(session, &policy->plain);
}

/* libsrtp 2 wants the SSRC in network order here, and that is what mediasoup passes. */
static inline srtp_err_status_t srtp3_stream_remove(srtp_t session, uint32_t ssrc_in_network_order) {
  return srtp_remove_stream(session, ssrc_in_network_order);
}

typedef srtp_err_status_t (*srtp3_in_place_call)(srtp_t, void *, int *);

static inline srtp_err_status_t srtp3_on_copy(
    srtp3_in_place_call call,
    srtp_t session,
    const uint8_t *in,
    size_t in_len,
    size_t growth,
    uint8_t *out,
    size_t *out_len) {
  if (*out_len < in_len + growth)
    return srtp_err_status_buffer_small;

  /* mediasoup decrypts in place and encrypts into another buffer. */
  if (in != out)
    memcpy(out, in, in_len);

  int len = (int)in_len;
  srtp_err_status_t status = call(session, out, &len);

  if (status == srtp_err_status_ok)
    *out_len = (size_t)len;

  return status;
}

static inline srtp_err_status_t srtp3_protect(
    srtp_t session, const uint8_t *rtp, size_t rtp_len, uint8_t *srtp, size_t *srtp_len, size_t mki_index) {
  (void)mki_index;

  return srtp3_on_copy(srtp_protect, session, rtp, rtp_len, SRTP_MAX_TRAILER_LEN, srtp, srtp_len);
}

static inline srtp_err_status_t srtp3_unprotect(
    srtp_t session, const uint8_t *srtp, size_t srtp_len, uint8_t *rtp, size_t *rtp_len) {
  return srtp3_on_copy(srtp_unprotect, session, srtp, srtp_len, 0, rtp, rtp_len);
}

static inline srtp_err_status_t srtp3_protect_rtcp(
    srtp_t session, const uint8_t *rtcp, size_t rtcp_len, uint8_t *srtcp, size_t *srtcp_len, size_t mki_index) {
  (void)mki_index;

  return srtp3_on_copy(
      srtp_protect_rtcp, session, rtcp, rtcp_len, SRTP_MAX_TRAILER_LEN + SRTP3_RTCP_INDEX_LEN, srtcp, srtcp_len);
}

static inline srtp_err_status_t srtp3_unprotect_rtcp(
    srtp_t session, const uint8_t *srtcp, size_t srtcp_len, uint8_t *rtcp, size_t *rtcp_len) {
  return srtp3_on_copy(srtp_unprotect_rtcp, session, srtcp, srtcp_len, 0, rtcp, rtcp_len);
}

/* From here on the names mean version 3. */
#define srtp_policy_t srtp3_policy_t
#define srtp_policy_create srtp3_policy_create
#define srtp_policy_destroy srtp3_policy_destroy
#define srtp_policy_set_ssrc srtp3_policy_set_ssrc
#define srtp_policy_set_profile srtp3_policy_set_profile
#define srtp_policy_add_key srtp3_policy_add_key
#define srtp_policy_set_allow_repeat_tx srtp3_policy_set_allow_repeat_tx
#define srtp_policy_set_window_size srtp3_policy_set_window_size
#define srtp_create srtp3_create
#define srtp_stream_remove srtp3_stream_remove
#define srtp_protect srtp3_protect
#define srtp_unprotect srtp3_unprotect
#define srtp_protect_rtcp srtp3_protect_rtcp
#define srtp_unprotect_rtcp srtp3_unprotect_rtcp

#endif
