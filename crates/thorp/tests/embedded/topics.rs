//! Topics: everybody gets everything, a group shares.

use std::time::Duration;

use futures::StreamExt as _;
use model::fault::Fault as _;
use thorp::Cluster as _;
use thorp::topic::{Id, TopicError};

use crate::kit::{Both, SOON};

#[tokio::test(flavor = "multi_thread")]
async fn subscribers_get_messages_from_now_on_or_from_the_beginning() {
    let both = Both::start().await;
    for (word, desk) in both.desks() {
        let topic = desk.topic::<(String, u64)>(format!("news-{word}"));
        topic.publish(&("old".to_owned(), 0)).await.unwrap();
        let from_now = topic.subscribe().await.unwrap();
        let publisher = both.node.topic::<(String, u64)>(format!("news-{word}"));
        let publishing = async {
            for number in 1..=50 {
                publisher.publish(&("new".to_owned(), number)).await.unwrap();
            }
        };
        let reading = from_now.take(50).map(|message| message.unwrap()).collect::<Vec<_>>();
        let ((), messages) = tokio::join!(publishing, reading);
        assert!(messages.iter().map(|message| message.value.1).eq(1..=50));
        assert!(messages.is_sorted_by_key(|message| message.id));
        let all = topic.subscribe_after(Id::MIN).take(51).collect::<Vec<_>>().await;
        assert_eq!(all[0].as_ref().unwrap().value, ("old".to_owned(), 0));
        topic.keep(Some(10), None).await.unwrap();
        assert_eq!(topic.len().await.unwrap(), 10);
    }
    both.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_shares_the_messages_and_takes_over_from_who_is_gone() {
    let both = Both::start().await;
    for (word, desk) in both.desks() {
        let topic = desk.topic::<u64>(format!("work-{word}"));
        let one = topic.group("g", "one", Id::MIN).await.unwrap();
        let two = topic.group("g", "two", Id::MIN).await.unwrap();
        let (got, published) = tokio::join!(one.next_within(SOON), topic.publish(&1));
        let (first, published) = (got.unwrap().unwrap(), published.unwrap());
        assert_eq!((first.message.id, first.message.value), (published, 1));
        assert!(two.next_within(Duration::ZERO).await.unwrap().is_none());
        // The first consumer is gone without a word.
        drop(first);
        let claimed = two.claim(Duration::ZERO).await.unwrap().unwrap();
        assert_eq!(claimed.ack().await.unwrap(), 1);
        assert!(two.claim(Duration::ZERO).await.unwrap().is_none());
    }
    both.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_of_another_type_is_told_and_the_next_one_follows() {
    let both = Both::start().await;
    for (word, desk) in both.desks() {
        let name = format!("mixed-{word}");
        desk.topic::<String>(&name).publish(&"text".to_owned()).await.unwrap();
        desk.topic::<u64>(&name).publish(&7).await.unwrap();
        let mut messages = desk.topic::<u64>(&name).subscribe_after(Id::MIN);
        let error = messages.next().await.unwrap().unwrap_err();
        assert!(matches!(error, TopicError::Read { wanted: "u64", .. }), "{error}");
        assert_eq!(error.code(), "VALUE_WRONG_TYPE");
        assert_eq!(messages.next().await.unwrap().unwrap().value, 7);
    }
    both.end().await;
}
