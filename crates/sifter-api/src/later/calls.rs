//! What a front end asks for when a server cannot be reached.

use super::{Later, pull::PullLater, push::PushLater};
use crate::{
    Result, Sifter,
    error::{ApiError, ErrorCode},
    keys::parse_fingerprint,
    library::{
        PushPlanView, PushRequest, SignFirst, UnreachedItem, decided_push, plan_unasked,
        take_unasked, unreached,
    },
    network::on_network,
    tasks::Job,
    units::{PlanId, RemoteId, TaskId},
};

impl Sifter {
    /// Pulls those images of a plan whose server could not be reached as soon as it can be: a task for each.
    ///
    /// # Errors
    /// `handle-unknown`; `input-invalid` where the plan has none.
    pub async fn pull_when_online(&self, plan: PlanId) -> Result<Vec<TaskId>> {
        self.off(move |sifter| {
            let pull = unreached(sifter, &plan)?;
            if pull.items.is_empty() {
                let why = "no server of this plan was out of reach";
                return Err(ApiError::new(ErrorCode::InputInvalid, why));
            }
            let rest = |item: &UnreachedItem| {
                let later = PullLater::new(sifter, &pull, item);
                rest(
                    sifter,
                    Later::Pull(later),
                    item.name.clone(),
                    Some(item.why.clone()),
                )
            };
            pull.items.iter().map(rest).collect()
        })
        .await
    }

    /// Shows what of a push is known without its server. Asks nobody.
    ///
    /// # Errors
    /// `input-invalid`; what is wrong with an item is in the view.
    pub async fn plan_push_when_online(&self, request: PushRequest) -> Result<PushPlanView> {
        let sifter = self.clone();
        on_network(async move { plan_unasked(&sifter, request).await }).await
    }

    /// Pushes what [`Self::plan_push_when_online`] showed as soon as the server can be reached. Where tags would move, or
    /// anything else is not as it was shown, the task stops and asks.
    ///
    /// # Errors
    /// Those of [`Self::run_push`].
    pub async fn push_when_online(
        &self,
        plan: PlanId,
        sign: Option<SignFirst>,
        unsigned_too: bool,
    ) -> Result<TaskId> {
        self.off(move |sifter| {
            let unasked = take_unasked(sifter, &plan, sign, unsigned_too)?;
            let later = PushLater {
                request: unasked.request,
                stamps: unasked.stamps,
                sign: unasked.sign,
                unsigned_too,
            };
            rest(sifter, Later::Push(later), unasked.subject, None)
        })
        .await
    }

    /// Lets a push that stopped to ask go on with a plan that was shown now.
    ///
    /// # Errors
    /// `handle-unknown` where it does not ask, and those of [`Self::run_push`].
    pub async fn push_reviewed(
        &self,
        task: TaskId,
        plan: PlanId,
        sign: Option<SignFirst>,
        unsigned_too: bool,
    ) -> Result<()> {
        self.off(move |sifter| {
            let job = decided_push(sifter, &plan, sign, unsigned_too)?;
            sifter.inner.tasks.go_on_reviewed(task, Job::Push(job))
        })
        .await
    }

    /// Publishes a key as soon as the keyserver of a remote can be reached.
    ///
    /// # Errors
    /// `key-missing`, `remote-unknown`.
    pub async fn publish_key_when_online(
        &self,
        remote: RemoteId,
        fingerprint: String,
    ) -> Result<TaskId> {
        self.off(move |sifter| {
            let known = parse_fingerprint(&fingerprint)?;
            let keys = sifter.key_set()?;
            let key = keys.certificate(known);
            let key = key.ok_or_else(|| ApiError::plain(ErrorCode::KeyMissing))?;
            let subject = crate::keys::label_of(key);
            let later = Later::PublishKey {
                remote,
                fingerprint: known.to_string(),
            };
            rest(sifter, later, subject, None)
        })
        .await
    }

    /// Looks for a key as soon as the keyservers of a remote can be reached. Importing it is left to the person.
    ///
    /// # Errors
    /// `input-invalid`.
    pub async fn look_for_key_when_online(
        &self,
        remote: RemoteId,
        fingerprint: String,
    ) -> Result<TaskId> {
        self.off(move |sifter| {
            let digits: String = fingerprint.split_whitespace().collect();
            let fingerprint = parse_fingerprint(&digits)?.to_string();
            let later = Later::FindKey {
                remote,
                fingerprint: fingerprint.clone(),
            };
            rest(sifter, later, fingerprint, None)
        })
        .await
    }
}

fn rest(sifter: &Sifter, later: Later, subject: String, why: Option<ApiError>) -> Result<TaskId> {
    sifter.inner.tasks.rest(Job::Later(later), subject, why)
}
