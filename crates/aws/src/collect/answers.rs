//! Answers that several facts of one target build on: whoever needs one first asks, the others take that answer.

use std::{
    any::Any,
    borrow::Cow,
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use orgsweep_model::{Blind, BlindReason, Region, Unseen};
use tokio::sync::OnceCell;

type Slot = Arc<OnceCell<Box<dyn Any + Send + Sync>>>;

/// The answers of one target's sweep, by question and region. Dropped with the sweep.
#[derive(Default)]
pub(crate) struct Answers {
    slots: Mutex<HashMap<(Cow<'static, str>, Region), Slot>>,
}

impl Answers {
    /// The answer to `question` in `region`, asked for at most once. A refusal is an answer too; only a question that was given up
    /// half-way (its fact ran out of time) is asked again by the next.
    pub async fn once<T>(
        &self,
        question: impl Into<Cow<'static, str>>,
        region: &Region,
        ask: impl Future<Output = Result<T, Unseen>>,
    ) -> Result<Arc<T>, Unseen>
    where
        T: Send + Sync + 'static,
    {
        let question = question.into();
        let key = (question.clone(), region.clone());
        let slot = Arc::clone(self.slots.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default());
        let answer = slot.get_or_init(|| async { Box::new(ask.await.map(Arc::new)) as Box<dyn Any + Send + Sync> }).await;
        match answer.downcast_ref::<Result<Arc<T>, Unseen>>() {
            Some(answer) => answer.clone(),
            None => Err(Unseen::Blind(Blind::new(BlindReason::AwsError, format!("{question} was asked for in two shapes")))),
        }
    }
}

impl fmt::Debug for Answers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answers").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test]
    async fn a_question_is_asked_once_and_a_refusal_is_an_answer() {
        let (answers, asked) = (Answers::default(), AtomicUsize::new(0));
        let region: Region = "eu-west-1".parse().unwrap();
        let ask = |answer: Result<u8, Unseen>| {
            let asked = &asked;
            async move {
                asked.fetch_add(1, Ordering::Relaxed);
                answer
            }
        };
        assert_eq!(*answers.once("trails", &region, ask(Ok(1))).await.unwrap(), 1);
        assert_eq!(*answers.once("trails", &region, ask(Ok(2))).await.unwrap(), 1);
        let denied = || Unseen::Blind(Blind::new(BlindReason::IamDeny, "no"));
        assert_eq!(answers.once::<u8>("rules", &region, ask(Err(denied()))).await, Err(denied()));
        assert_eq!(answers.once::<u8>("rules", &region, ask(Ok(3))).await, Err(denied()));
        assert_eq!(asked.into_inner(), 2);
    }
}
